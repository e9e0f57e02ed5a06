/** A random but sensible installation: some routers of one virtual router, their priorities, trackers and timing. */

import type { RouterConfig } from '../../src/app/config/config.ts';
import { type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../../src/lib/mac-address.ts';
import { type Duration, microseconds, milliseconds, seconds } from '../../src/lib/time.ts';
import { passAuthentication } from '../../src/vrrp/authentication.ts';
import type { Authentication, Parameters, Version } from '../../src/vrrp/parameters.ts';
import { USUAL_ANNOUNCING } from '../../src/vrrp/timing.ts';
import type { Random } from './random.ts';
import { drawTrackers, type TrackerSetup } from './tracker-setup.ts';

/** How the hours are divided by advertisement interval; the shares sum up to 1. */
export const SPEEDS = [
  { name: '10-50 ms', share: 0.003, rounds: 1, intervals: [10, 10, 20, 50] },
  { name: '100-500 ms', share: 0.02, rounds: 2, intervals: [100, 200, 500] },
  { name: '1 s', share: 0.317, rounds: 3, intervals: [1_000] },
  { name: '2-10 s', share: 0.35, rounds: 3, intervals: [2_000, 3_000, 5_000, 10_000] },
  { name: '20-40.95 s', share: 0.31, rounds: 3, intervals: [20_000, 30_000, 40_000, 40_950] },
] as const;

export type Speed = (typeof SPEEDS)[number];

export interface NodeConfig {
  readonly id: number;
  /** `a`, `b`, … */
  readonly name: string;
  readonly mac: MacAddress;
  /** With the base priority. */
  readonly parameters: Parameters;
  readonly trackers: readonly TrackerSetup[];
  /** How long it takes no part after its start. */
  readonly startDelayMs: number;
  /** How long a drain waits for open connections. */
  readonly emptyMs: number;
  /** Whether the sending socket and the packet socket answer before the call returns. */
  readonly isSendImmediate: boolean;
  readonly isAnnounceImmediate: boolean;
}

export interface Installation {
  readonly speed: Speed;
  readonly nodes: readonly NodeConfig[];
  readonly longestInterval: Duration;
}

const VIRTUAL = ['198.18.51.100', '198.18.51.101', '198.18.51.102'].map(ipOf);
const OWNER = 255;

function ipOf(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new TypeError(text);
  return address;
}

function macOf(id: number): MacAddress {
  const mac = parseMacAddress(`02:00:00:00:00:0${id + 1}`);
  if (mac === undefined) throw new TypeError(String(id));
  return mac;
}

/** Seconds of virtual time that one scenario of a speed lasts, about; what shares of hours must be divided by. */
const TYPICAL_SCENARIO_S: Readonly<Record<Speed['name'], number>> = {
  '10-50 ms': 80,
  '100-500 ms': 175,
  '1 s': 500,
  '2-10 s': 2_500,
  '20-40.95 s': 15_000,
};

export function drawSpeed(random: Random): Speed {
  return random.weighted(SPEEDS.map(speed => [speed.share / TYPICAL_SCENARIO_S[speed.name], speed] as const));
}

function drawVersion(random: Random, speed: Speed): { version: Version; intervals: readonly number[] } {
  const whole = speed.intervals.filter(ms => ms % 1_000 === 0);
  return whole.length > 0 && random.chance(0.35)
    ? { version: 2, intervals: whole }
    : { version: 3, intervals: speed.intervals };
}

function drawPriorities(random: Random, count: number): readonly number[] {
  const style = random.weighted([
    [6, 'apart'],
    [3, 'any'],
    [2, 'neighbours'],
    [2, 'equal'],
  ] as const);
  const top = random.between(60, 254);
  const priorities = Array.from({ length: count }, (_, i) => {
    if (style === 'equal') return top;
    if (style === 'neighbours') return top - i;
    return style === 'apart' ? Math.max(1, top - 15 * i) : random.between(1, 254);
  });
  if (random.chance(0.06)) priorities[0] = OWNER;
  if (random.chance(0.01)) priorities[1] = OWNER;
  return random.shuffled(priorities);
}

function drawAuthentication(random: Random, version: Version): Authentication {
  if (version === 3 || random.chance(0.5)) return { type: 'none' };
  return passAuthentication(new TextEncoder().encode(random.pick(['1111', 'locum', '12345678'])));
}

/** `routers`: how many, where it is not to be drawn. */
export function drawInstallation(random: Random, routers: number | undefined): Installation {
  const speed = drawSpeed(random);
  const count =
    routers ??
    random.weighted([
      [60, 2],
      [32, 3],
      [5, 4],
      [3, 5],
    ]);
  const { version, intervals } = drawVersion(random, speed);
  const common = random.pick(intervals);
  const mixed = version === 3 && random.chance(0.25);
  const authentication = drawAuthentication(random, version);
  const addresses = VIRTUAL.slice(
    0,
    random.weighted([
      [6, 1],
      [2, 2],
      [1, 3],
    ] as const),
  );
  const priorities = drawPriorities(random, count);
  const vrid = random.between(1, 255);
  const preempt = random.weighted([
    [6, true],
    [2, false],
    [2, undefined],
  ] as const);
  const timing = random.weighted([
    [6, 'fast'],
    [2, 'rfc'],
    [2, undefined],
  ] as const);
  const preemptDelay = random.chance(0.7)
    ? 0
    : Math.round(random.pick([0.1, 1, 4, 10]) * milliseconds(common));
  const ownIntervals = priorities.map(() => milliseconds(mixed ? random.pick(intervals) : common));
  const trackers = drawTrackers(random, ownIntervals);
  const nodes = priorities.map(
    (priority, id): NodeConfig => ({
      id,
      name: 'abcde'[id] ?? '?',
      mac: macOf(id),
      parameters: {
        version,
        vrid,
        addresses,
        primaryAddress: ipOf(`198.18.51.${11 + id}`),
        priority,
        advertisementInterval: ownIntervals[id] ?? milliseconds(common),
        preempt: preempt ?? random.chance(0.5),
        preemptDelay: microseconds(preemptDelay),
        joint: false,
        announcing: USUAL_ANNOUNCING,
        timing: timing ?? random.pick(['fast', 'rfc'] as const),
        unicast: undefined,
        checksum: random.pick(['pseudo-header', 'message-only'] as const),
        authentication,
      },
      trackers: trackers[id] ?? [],
      startDelayMs: random.chance(0.8) ? 0 : random.between(1, 5_000),
      emptyMs: random.pick([0, 100, 500, 2_000]),
      isSendImmediate: random.chance(0.5),
      isAnnounceImmediate: random.chance(0.8),
    }),
  );
  const longest = Math.max(...nodes.map(node => node.parameters.advertisementInterval));
  return { speed, nodes, longestInterval: microseconds(longest) };
}

/** What the daemon would have read from a file. */
export function routerConfig({ parameters, startDelayMs }: NodeConfig): RouterConfig {
  const { vrid, version, priority, advertisementInterval, preempt, timing, checksum, authentication } =
    parameters;
  return {
    vrid,
    vip: parameters.addresses.map(address => ({ address, prefixLength: 24 })),
    excludedVip: [],
    interface: undefined,
    priority,
    version,
    advertInterval: advertisementInterval,
    preempt,
    preemptDelay: parameters.preemptDelay,
    startDelay: milliseconds(startDelayMs),
    syncGroup: parameters.joint ? 'g' : undefined,
    vmac: undefined,
    announce: { repeat: 1, ...parameters.announcing },
    unicast: undefined,
    source: undefined,
    track: undefined,
    timing,
    checksum: checksum === 'pseudo-header' ? 'pseudo-header' : 'rfc9568',
    auth:
      authentication.type === 'pass'
        ? { type: 'pass', password: new TextDecoder().decode(authentication.key).replace(/\0+$/, '') }
        : { type: 'none' },
  };
}

/** The longest master-down interval that any router of the installation may wait (RFC 9568 §6.1, RFC 3768 §6.1). */
export function longestDownInterval({ longestInterval }: Installation): Duration {
  return microseconds(3 * longestInterval + Math.max(longestInterval, seconds(1)));
}
