/**
 * From the configurations of nodes to the virtual routers that explain/ looks at. Where a configuration came from does not matter here:
 * a file, or the labels of a container. Other programs' configurations become an {@link ImaginedNode} elsewhere (node-files.ts).
 */

import type { Config, RouterConfig, TrackerConfig } from '../app/config/config.ts';
import type { Problem } from '../app/config/problems.ts';
import type { Setting } from '../app/config/settings.ts';
import type { NodeModel, TrackerModel } from '../explain/model.ts';
import { type Cidr, contains, parseCidr, parseIpAddress } from '../lib/ip-address.ts';
import { type Duration, milliseconds } from '../lib/time.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import { leaseSeconds } from '../vrrp/timing.ts';
import { authenticationOf, digest } from './node-authentication.ts';

/** A node that somebody asks about, in whatever language it was configured. */
export interface ImaginedNode {
  /** Short, and unique among the nodes. */
  readonly name: string;
  readonly routers: readonly ImaginedRouter[];
}

export interface ImaginedRouter {
  /** Its name in the configuration of that node. */
  readonly name: string;
  readonly vrid: number;
  readonly model: NodeModel;
  /** Where the value of a setting below `vrrp.NAME` came from, for people: a line, a label, `default`. */
  readonly sourceOf: (setting: string) => string;
}

/** What became of a node's configuration. */
export interface NodeReading {
  /** Nameless yet; undefined when there is an error among the problems. */
  readonly node: ImaginedNode | undefined;
  readonly problems: readonly Problem[];
}

/** A virtual router on one of its nodes. */
export interface Member {
  readonly node: ImaginedNode;
  readonly router: ImaginedRouter;
}

/** The members of each virtual router: one VRID in both families names two (RFC 9568 §5.2.3). */
export function virtualRouters(nodes: readonly ImaginedNode[]): (readonly Member[])[] {
  const routers = new Map<string, Member[]>();
  for (const node of nodes)
    for (const router of node.routers) {
      const isIpv6 = router.model.addresses[0]?.includes(':') === true;
      const key = `${router.vrid} ${isIpv6}`;
      routers.set(key, [...(routers.get(key) ?? []), { node, router }]);
    }
  return [...routers.values()];
}

/** The same node by another name. */
export function renamed({ routers }: ImaginedNode, name: string): ImaginedNode {
  return { name, routers: routers.map(router => ({ ...router, model: { ...router.model, name } })) };
}

/** A node that runs Locum. `from` and the sources of the settings are for people. */
export function locumNode(config: Config, settings: readonly Setting[], from: string): ImaginedNode {
  const routers = Object.entries(config.vrrp).map(([name, router]): ImaginedRouter => {
    const sourceOf = (setting: string) =>
      settings.find(({ path }) => path === `vrrp.${name}.${setting}`)?.source ?? 'not set anywhere';
    return { name, vrid: router.vrid, model: modelOf(config, router, from), sourceOf };
  });
  return { name: '', routers };
}

/** The node as it would be with Locum in the place of another program, nothing else being changed. */
export function withLocum(model: NodeModel): NodeModel {
  if (model.program === 'locum') return model;
  const { version, priority, interval } = model;
  return {
    ...model,
    program: 'locum',
    timing: 'fast',
    leaseSeconds: leaseSeconds({ version, priority, advertisementInterval: interval }),
    trackers: model.trackers.map(tracker => ({
      ...tracker,
      // Locum's checks do not overlap (keepalived/settings/trackers.ts).
      timeout: Math.min(tracker.timeout, tracker.interval) as Duration,
      notice: noticeOf(tracker),
    })),
  };
}

function modelOf(config: Config, router: RouterConfig, from: string): NodeModel {
  const { priority, version, advertInterval, preempt, timing, vip, track } = router;
  return {
    name: '',
    from,
    program: 'locum',
    priority,
    version,
    interval: advertInterval,
    preempt,
    preemptDelay: router.preemptDelay,
    syncGroup: router.syncGroup,
    timing,
    leaseSeconds:
      priority === OWNER_PRIORITY
        ? undefined
        : leaseSeconds({ version, priority, advertisementInterval: advertInterval }),
    primaryAddress: router.source,
    unicast: router.unicast,
    checksum: router.checksum === 'rfc9568' ? 'message-only' : router.checksum,
    addresses: vip.map(({ address }) => address),
    authentication: authenticationOf(router.auth),
    trackers: Object.entries(config.track)
      .filter(([tracker]) => track === undefined || track.includes(tracker))
      .map(([tracker, settings]) => trackerOf(tracker, settings)),
  };
}

function trackerOf(name: string, config: TrackerConfig): TrackerModel {
  const { type, weight, reverse, rise, fall, interval, timeout } = config;
  return {
    name,
    type,
    // A file adds its number times the weight; nobody knows the number, so it fails by one weight.
    weight: type === 'file' ? -Math.abs(weight) : weight,
    reverse: type === 'file' ? false : reverse,
    rise,
    fall,
    interval,
    timeout,
    notice: noticeOf(config),
    outside: outsideOf(config),
  };
}

/** At most so long after the event, on a machine that is not starved. */
const BY_KERNEL = milliseconds(5);
const BY_DOCKER = milliseconds(50);

const NOTICES: Readonly<Record<string, TrackerModel['notice']>> = {
  process: { failure: BY_KERNEL, recovery: undefined },
  docker: { failure: BY_DOCKER, recovery: BY_DOCKER },
  upstreams: { failure: BY_DOCKER, recovery: BY_DOCKER },
  interface: { failure: BY_KERNEL, recovery: BY_KERNEL },
  file: { failure: BY_KERNEL, recovery: BY_KERNEL },
};

function noticeOf({ type, reverse }: Pick<TrackerModel, 'type' | 'reverse'>): TrackerModel['notice'] {
  const { failure, recovery } = NOTICES[type] ?? { failure: undefined, recovery: undefined };
  return reverse ? { failure: recovery, recovery: failure } : { failure, recovery };
}

/** What it asks over the network, unless that is the node itself. A page's path and query may hold a secret: only its host is shown. */
function outsideOf(config: TrackerConfig): TrackerModel['outside'] {
  switch (config.type) {
    case 'http':
    case 'nginx':
      return config.connect === undefined ? ofUrl(config.url) : undefined;
    case 'tcp':
      return ofHost(config.address.host, `tcp ${config.address.host}:${config.address.port}`);
    case 'ping':
      return ofHost(config.address, `ping ${config.address}`);
    default:
      return undefined;
  }
}

function ofUrl(text: string): TrackerModel['outside'] {
  const url = new URL(text);
  const place = ofHost(url.hostname, url.origin);
  return place && { id: digest(url.href), shown: place.shown };
}

function ofHost(host: string, shown: string): TrackerModel['outside'] {
  return isOwn(host) ? undefined : { id: shown, shown };
}

const LOOPBACK = parseCidr('127.0.0.0/8') as Cidr;

/** Loopback, and names without a dot, which each node's own Docker resolves. */
function isOwn(host: string): boolean {
  const address = parseIpAddress(host);
  if (address !== undefined) return contains(LOOPBACK, address);
  return host === '[::1]' || (!host.includes('.') && !host.includes(':'));
}
