/** Containers for tests, as the narrow snapshot has them. */

import { createHash } from 'node:crypto';
import type { ContainerSnapshot, DockerSnapshot } from '../../src/docker/snapshot.ts';
import { parseIpAddress } from '../../src/lib/ip-address.ts';

/** A running container on one network `front`; its id follows from its name. */
export function container(name: string, parts: Partial<ContainerSnapshot> = {}): ContainerSnapshot {
  return {
    id: containerId(name),
    name,
    labels: {},
    state: 'running',
    health: 'none',
    networkMode: 'front',
    networks: [network('front', '198.18.0.2')],
    exposedPorts: [8080],
    published: [],
    ...parts,
  };
}

export const containerId = (name: string): string => createHash('sha256').update(name).digest('hex');

export function network(name: string, address: string): ContainerSnapshot['networks'][number] {
  return { name, address: parseIpAddress(address) };
}

export const snapshotOf = (...containers: ContainerSnapshot[]): DockerSnapshot => ({
  labelPrefix: 'locum',
  containers,
});
