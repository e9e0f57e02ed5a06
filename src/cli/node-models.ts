/**
 * From the configurations of nodes to the virtual routers that explain/ looks at. Where a configuration came from does not matter here:
 * a file, the labels of a container, or another program's file that was translated.
 */

import { createHash } from 'node:crypto';
import type { Config, RouterConfig, TrackerConfig } from '../app/config/config.ts';
import type { Setting } from '../app/config/settings.ts';
import { parametersOf } from '../app/parameters.ts';
import type { NodeModel, TrackerModel } from '../explain/model.ts';
import { type Cidr, contains, type IpAddress, parseCidr, parseIpAddress } from '../lib/ip-address.ts';
import { milliseconds } from '../lib/time.ts';
import { leaseSeconds } from '../vrrp/timing.ts';

/** A node that somebody asks about. */
export interface NodeConfig {
  /** Short, and unique among the nodes. */
  readonly name: string;
  readonly config: Config;
  /** With the source of each value. */
  readonly settings: readonly Setting[];
}

/** A virtual router on one of its nodes. */
export interface Member {
  readonly node: NodeConfig;
  /** Its name in the configuration of that node. */
  readonly router: string;
  readonly model: NodeModel;
}

/** The members of each virtual router, by VRID. */
export function virtualRouters(nodes: readonly NodeConfig[]): Map<number, Member[]> {
  const routers = new Map<number, Member[]>();
  for (const node of nodes)
    for (const [router, config] of Object.entries(node.config.vrrp)) {
      const member = { node, router, model: modelOf(node, config) };
      routers.set(config.vrid, [...(routers.get(config.vrid) ?? []), member]);
    }
  return routers;
}

/** Which address a node speaks from, only its host knows; no time depends on it. */
const UNKNOWN_ADDRESS = parseIpAddress('0.0.0.0') as IpAddress;

function modelOf({ name, config }: NodeConfig, router: RouterConfig): NodeModel {
  const { priority, version, advertInterval, preempt, timing, vip } = router;
  return {
    name,
    priority,
    version,
    interval: advertInterval,
    preempt,
    timing,
    leaseSeconds: leaseSeconds(parametersOf(router, UNKNOWN_ADDRESS, priority)),
    primaryAddress: undefined,
    addresses: vip.map(({ address }) => address),
    authentication: authenticationOf(router.auth),
    trackers: Object.entries(config.track).map(([tracker, settings]) => trackerOf(tracker, settings)),
  };
}

function authenticationOf(auth: RouterConfig['auth']): string {
  return auth.type === 'pass' ? digest(auth.password) : auth.type;
}

/** Comparable without being readable. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
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

const NOTICES: Readonly<Partial<Record<TrackerConfig['type'], TrackerModel['notice']>>> = {
  process: { failure: BY_KERNEL, recovery: undefined },
  docker: { failure: BY_DOCKER, recovery: BY_DOCKER },
  upstreams: { failure: BY_DOCKER, recovery: BY_DOCKER },
  interface: { failure: BY_KERNEL, recovery: BY_KERNEL },
  file: { failure: BY_KERNEL, recovery: BY_KERNEL },
};

function noticeOf({ type, reverse }: TrackerConfig): TrackerModel['notice'] {
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
