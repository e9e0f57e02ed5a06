/**
 * Which container is the proxy: the one in my network namespace that is neither I nor the holder. In a shared namespace the hostname and
 * the mount of /etc/hostname name the container that owns the network. The proxy's labels configure Locum.
 */

import { err, ok, type Result } from '../lib/result.ts';
import { ENABLE_LABEL, isSidecar, writtenLabel } from './labels.ts';
import type { ContainerSnapshot, DockerSnapshot } from './snapshot.ts';

/** What this process knows of where it lives. */
export interface Whereabouts {
  readonly hostname: string;
  /** The id of the container whose /etc/hostname is mounted here; undefined outside a container. */
  readonly hostnameOwner: string | undefined;
}

export interface ProxyIdentity {
  readonly proxy: ContainerSnapshot;
  /** The container that owns the network namespace: the holder, or the proxy itself. */
  readonly owner: ContainerSnapshot;
  /** The names of the namespace's networks; `host` where it is the host's. */
  readonly networks: readonly string[] | 'host';
}

/** The proxy beside this process, or why it cannot be told. */
export function findProxy(snapshot: DockerSnapshot, whereabouts: Whereabouts): Result<ProxyIdentity, string> {
  const owner = findOwner(snapshot.containers, whereabouts);
  if (owner === undefined) {
    return err(
      `no container of this engine is named by the hostname ${whereabouts.hostname} or by the mount of /etc/hostname; ` +
        'run Locum as a container of the engine whose socket it is given',
    );
  }
  const namespace = networkNamespace(snapshot, owner);
  const chosen = chooseProxy(
    snapshot.containers.filter(
      container => !isSidecar(container.labels) && networkNamespace(snapshot, container) === namespace,
    ),
    snapshot.labelPrefix,
  );
  if (!chosen.ok) return chosen;
  const networks = namespace === HOST ? HOST : owner.networks.map(({ name }) => name);
  return ok({ proxy: chosen.value, owner, networks });
}

const HOST = 'host';
const JOINED = 'container:';

/** The mount is exact; a hostname may have been chosen by the user, or be the id's first 12 digits. */
function findOwner(
  containers: readonly ContainerSnapshot[],
  { hostname, hostnameOwner }: Whereabouts,
): ContainerSnapshot | undefined {
  return (
    containers.find(({ id }) => id === hostnameOwner) ??
    containers.find(({ id }) => /^[0-9a-f]{12,}$/.test(hostname) && id.startsWith(hostname)) ??
    containers.find(({ name }) => name === hostname)
  );
}

/** What identifies the network namespace of a container: `host`, or the id of the container that owns it. */
export function networkNamespace(snapshot: DockerSnapshot, container: ContainerSnapshot): string {
  const owner = networkOwner(snapshot, container);
  return owner.networkMode === HOST ? HOST : owner.id;
}

/** More joins than any set-up has; ends the walk should a list ever hold a circle. */
const JOINS_FOLLOWED = 4;

/** The container whose networks this one uses: itself, or the one it joined; the joined one may be missing from the list. */
export function networkOwner(snapshot: DockerSnapshot, container: ContainerSnapshot): ContainerSnapshot {
  let owner = container;
  for (let step = 0; step < JOINS_FOLLOWED && owner.networkMode.startsWith(JOINED); step++) {
    const joined = owner.networkMode.slice(JOINED.length);
    owner = snapshot.containers.find(({ id, name }) => id === joined || name === joined) ?? owner;
  }
  return owner;
}

/** The one that is the proxy, of the containers in its network namespace that are not Locum's own; or why none is. */
export function chooseProxy(
  candidates: readonly ContainerSnapshot[],
  labelPrefix: string,
): Result<ContainerSnapshot, string> {
  const [only] = candidates;
  if (only === undefined) {
    return err(
      'no proxy shares the network namespace: give the nginx container `network_mode: service:…` of the holder',
    );
  }
  if (candidates.length === 1) return ok(only);
  const [enabled, ...others] = candidates.filter(({ labels }) => labels[ENABLE_LABEL] === 'true');
  if (enabled !== undefined && others.length === 0) return ok(enabled);
  const names = candidates.slice(0, 10).map(({ name }) => name);
  return err(
    `${candidates.length} containers share the network namespace (${names.join(', ')}${candidates.length > 10 ? ', …' : ''}); ` +
      `label exactly one of them ${writtenLabel(ENABLE_LABEL, labelPrefix)}=true`,
  );
}

/** The id in the mount of /etc/hostname, from the text of /proc/self/mountinfo (proc(5)); undefined outside a container. */
export function hostnameOwner(mountinfo: string): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [, , , root, mountPoint] = line.split(' ');
    const id = /\/([0-9a-f]{64})\/(?:userdata\/)?hostname$/.exec(root ?? '')?.[1];
    if (mountPoint === '/etc/hostname' && id !== undefined) return id;
  }
  return undefined;
}
