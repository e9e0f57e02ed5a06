/**
 * Which containers of an engine make up nodes: a network namespace in which there is a sidecar, or a container whose labels configure
 * Locum. Each daemon tells its own proxy by identity.ts; here the same is said of all of them, from outside.
 */

import type { Result } from '../lib/result.ts';
import { chooseProxy, networkNamespace } from './identity.ts';
import { isProxy, isSidecar } from './labels.ts';
import type { ContainerSnapshot, DockerSnapshot } from './snapshot.ts';

/** The containers of one network namespace, as far as Locum is concerned. */
export interface NodeContainers {
  /** The proxy, or why it cannot be told. */
  readonly proxy: Result<ContainerSnapshot, string>;
  /** Of Locum's image, in the order of their names: the daemon, and the holder if there is one. */
  readonly sidecars: readonly ContainerSnapshot[];
}

/** The namespaces in which a proxy or a sidecar runs, in the order of the containers' names. A holder alone counts too: only its command tells. */
export function nodesOf(snapshot: DockerSnapshot): NodeContainers[] {
  const namespaces = new Map<string, ContainerSnapshot[]>();
  for (const container of snapshot.containers) {
    const namespace = networkNamespace(snapshot, container);
    namespaces.set(namespace, [...(namespaces.get(namespace) ?? []), container]);
  }
  return [...namespaces.values()].flatMap(containers => {
    const concerned = containers.filter(({ labels }) => isSidecar(labels) || isProxy(labels));
    if (!concerned.some(isAlive)) return [];
    const sidecars = containers.filter(({ labels }) => isSidecar(labels));
    const others = containers.filter(({ labels }) => !isSidecar(labels));
    return [{ proxy: chooseProxy(others, snapshot.labelPrefix), sidecars }];
  });
}

const isAlive = ({ state }: ContainerSnapshot): boolean =>
  state === 'running' || state === 'paused' || state === 'restarting';
