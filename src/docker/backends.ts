/**
 * From a snapshot to upstreams: which containers serve, at which address, and why the others do not. Deterministic: equal states give
 * equal plans, ordered by upstream, then container name, then address.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import { parseIpAddress } from '../lib/ip-address.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { LeftOut, Server, Upstream } from '../lib/upstream.ts';
import { parseUpstreamName, type UpstreamName } from '../lib/upstream-name.ts';
import { notServing } from './condition.ts';
import { networkNamespace, networkOwner } from './identity.ts';
import {
  type BackendLabels,
  isBackend,
  isProxy,
  isSidecar,
  LABEL_PREFIX,
  readBackendLabels,
} from './labels.ts';
import type { ContainerNetwork, ContainerSnapshot, DockerSnapshot } from './snapshot.ts';

/** Where the proxy lives, which decides what it can reach. */
export interface ProxyScope {
  /** Ids that are never backends: the proxy itself, its holder. */
  readonly excluded: ReadonlySet<string>;
  /** The proxy's networks; `host`: it reaches every bridge of this host; undefined: not known, so nothing is left out for it. */
  readonly networks: readonly string[] | 'host' | undefined;
}

export interface BackendPlan {
  /** By name; an upstream whose containers are all left out is here with none. */
  readonly upstreams: readonly Upstream[];
  /** Containers that name no upstream. */
  readonly leftOut: readonly LeftOut[];
  /** Things to tell the user that leave nothing out, such as an unknown label. */
  readonly warnings: readonly string[];
}

/** An upstream while it is put together. */
interface Members {
  readonly servers: Server[];
  readonly leftOut: LeftOut[];
}

type Nearest = (name: string, valid: readonly string[]) => string | undefined;

/** The upstreams that the labels of a snapshot ask for. `nearest` finds the name a misspelt label stands for. */
export function planBackends(snapshot: DockerSnapshot, scope: ProxyScope, nearest: Nearest): BackendPlan {
  const upstreams = new Map<UpstreamName, Members>();
  const leftOut: LeftOut[] = [];
  const warnings: string[] = [];
  for (const container of snapshot.containers) {
    if (scope.excluded.has(container.id) || !carriesLabels(container)) continue;
    const { settings, problems, warnings: found } = readBackendLabels(container.labels, nearest);
    warnings.push(...found.map(warning => `container ${container.name}: ${warning}`));
    if (!isBackend(container.labels)) continue;
    const name = upstreamName(container, settings, problems);
    if (!name.ok) {
      leftOut.push({ container: container.name, reason: name.error });
      continue;
    }
    const entry = upstreams.get(name.value) ?? { servers: [], leftOut: [] };
    upstreams.set(name.value, entry);
    const backend = place(snapshot, scope, container, settings, problems);
    if (backend.ok) entry.servers.push(backend.value);
    else entry.leftOut.push({ container: container.name, reason: backend.error });
  }
  return { upstreams: ordered(upstreams), leftOut, warnings };
}

/** The labels of a proxy are the configuration's business, and the image's own label nobody's. */
function carriesLabels({ labels }: ContainerSnapshot): boolean {
  if (isSidecar(labels)) return false;
  if (isProxy(labels) && !isBackend(labels)) return false;
  return Object.keys(labels).some(key => key.startsWith(LABEL_PREFIX));
}

const COMPOSE_SERVICE = 'com.docker.compose.service';
const COMPOSE_PROJECT = 'com.docker.compose.project';

function upstreamName(
  { labels }: ContainerSnapshot,
  { upstream }: BackendLabels,
  problems: readonly string[],
): Result<UpstreamName, string> {
  if (upstream !== undefined) return ok(upstream);
  if (Object.hasOwn(labels, 'locum.upstream')) return err(problems.join('; '));
  const service = labels[COMPOSE_SERVICE];
  if (service === undefined)
    return err('label locum.upstream is missing, and no compose service names the upstream');
  const name = parseUpstreamName(service);
  return name.ok
    ? name
    : err(`the compose service ${JSON.stringify(service)} ${name.error}; give it a locum.upstream label`);
}

function place(
  snapshot: DockerSnapshot,
  scope: ProxyScope,
  container: ContainerSnapshot,
  settings: BackendLabels,
  problems: readonly string[],
): Result<Server, string> {
  if (problems.length > 0) return err(problems.join('; '));
  if (settings.enable === false) return err('label locum.enable=false');
  const reason = notServing(container);
  if (reason !== undefined) return err(reason);
  const port = choosePort(container, settings);
  if (!port.ok) return port;
  const address = chooseAddress(snapshot, scope, container, settings);
  if (!address.ok) return address;
  const { weight, backup, maxFails, failTimeoutSeconds, maxConns } = settings;
  return ok({
    container: container.name,
    address: address.value,
    port: port.value,
    weight,
    backup: backup ?? false,
    maxFails,
    failTimeoutSeconds,
    maxConns,
  });
}

function choosePort({ exposedPorts }: ContainerSnapshot, { port }: BackendLabels): Result<number, string> {
  const [only, ...more] = exposedPorts;
  if (port !== undefined) return ok(port);
  if (only === undefined) return err('label locum.port is missing, and the container exposes no TCP port');
  return more.length === 0
    ? ok(only)
    : err(`label locum.port is missing, and the container exposes ${list(exposedPorts)}`);
}

const LOOPBACK = parseIpAddress('127.0.0.1');

function chooseAddress(
  snapshot: DockerSnapshot,
  scope: ProxyScope,
  container: ContainerSnapshot,
  { network }: BackendLabels,
): Result<IpAddress, string> {
  const owner = networkOwner(snapshot, container);
  if (networkNamespace(snapshot, container) === 'host') {
    return scope.networks === 'host' && LOOPBACK !== undefined
      ? ok(LOOPBACK)
      : err("uses the host's network, which the proxy does not share");
  }
  const chosen =
    network === undefined
      ? sharedNetwork(owner.networks, scope)
      : namedNetwork(owner, network, container.labels);
  if (!chosen.ok) return chosen;
  const { name, address } = chosen.value;
  return address === undefined ? err(`no IPv4 address on network ${name}`) : ok(address);
}

/** The network that `locum.network` names, with or without the compose project before it. */
function namedNetwork(
  { networks }: ContainerSnapshot,
  wanted: string,
  labels: Readonly<Record<string, string>>,
): Result<ContainerNetwork, string> {
  const found =
    networks.find(({ name }) => name === wanted) ??
    networks.find(({ name }) => name === `${labels[COMPOSE_PROJECT]}_${wanted}`);
  return found === undefined
    ? err(`label locum.network=${wanted}: the container is on ${names(networks)}`)
    : ok(found);
}

/** The first network by name that the proxy shares; the first of all where the proxy reaches them all. */
function sharedNetwork(
  networks: readonly ContainerNetwork[],
  { networks: reachable }: ProxyScope,
): Result<ContainerNetwork, string> {
  const open =
    typeof reachable === 'object' ? networks.filter(({ name }) => reachable.includes(name)) : networks;
  const [first] = open;
  if (first !== undefined) return ok(first);
  const proxy = typeof reachable === 'object' ? `; the proxy is on ${list(reachable)}` : '';
  return err(`shares no network with the proxy: the container is on ${names(networks)}${proxy}`);
}

const names = (networks: readonly ContainerNetwork[]): string => list(networks.map(({ name }) => name));
const list = (items: readonly (string | number)[]): string =>
  items.length === 0 ? 'none' : items.join(', ');

function ordered(upstreams: ReadonlyMap<UpstreamName, Members>): readonly Upstream[] {
  const byContainer = (a: { container: string }, b: { container: string }) =>
    compare(a.container, b.container);
  return [...upstreams]
    .sort(([a], [b]) => compare(a, b))
    .map(([name, { servers, leftOut }]) => ({
      name,
      servers: servers.sort((a, b) => byContainer(a, b) || compare(a.address, b.address)),
      leftOut: leftOut.sort(byContainer),
    }));
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
