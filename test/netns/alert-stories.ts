/** What a pair of nodes goes through, minute by minute, and which alerts fire at its end: all others must be silent. */

import type { RouterStatus, Status, TrackerStatus } from '../../src/control/status.ts';
import { wellNode } from '../control/snapshots.ts';
import { moment } from '../control/support.ts';

/** What a scrape finds at that minute: a snapshot, nobody, or (undefined) that Prometheus does not know the node. */
export type Node = (minute: number) => Status | 'away' | undefined;

export interface Story {
  readonly title: string;
  readonly a?: Node;
  readonly b?: Node;
  /** Until {@link MINUTES} unless another length is said. */
  readonly minutes?: number;
  /** Alert → how many of it. */
  readonly fires: Readonly<Record<string, number>>;
}

export const MINUTES = 12;

const A = wellNode('a');
const B = wellNode('b');

const always =
  (status: Status): Node =>
  () =>
    status;
const WELL = { a: always(A), b: always(B) };

function withRouter(status: Status, changes: Partial<RouterStatus>): Status {
  return { ...status, routers: status.routers.map(router => ({ ...router, ...changes })) };
}

function withTracker(status: Status, changes: Partial<TrackerStatus>): Status {
  return { ...status, trackers: status.trackers.map(tracker => ({ ...tracker, ...changes })) };
}

function withCounters(status: Status, changes: Partial<RouterStatus['counters']>): Status {
  const routers = status.routers.map(router => ({ ...router, counters: { ...router.counters, ...changes } }));
  return { ...status, routers };
}

function withUpstreams(status: Status, changes: Partial<NonNullable<Status['upstreams']>>): Status {
  return { ...status, upstreams: status.upstreams && { ...status.upstreams, ...changes } };
}

const held = (present: boolean, validLifetimeSeconds: number | null): Pick<RouterStatus, 'vips'> => ({
  vips: [{ address: '198.18.51.100/24', present, validLifetimeSeconds, advertised: true }],
});

function heard(status: Status, agoMs: number, about?: string): Status {
  const lastSeen = moment(agoMs);
  const warnings =
    about === undefined ? [] : [{ about, text: 'differs', dropped: false, count: 1, lastSeen }];
  const routers = status.routers.map(router => ({
    ...router,
    peers: router.peers.map(peer => ({ ...peer, lastSeen, warnings })),
  }));
  return { ...status, routers };
}

const master = (status: Status): Status => withRouter(status, { state: 'master', ...held(true, 4) });
const backup = (status: Status): Status => withRouter(status, { state: 'backup', ...held(false, null) });
const fault = (status: Status): Status =>
  withRouter(status, { state: 'fault', masterAddress: null, ...held(false, null) });
const silent = (status: Status): Status => heard(status, 3_600_000);

/** One state until that minute, another from it on. */
const turning =
  (minute: number, before: Status, then: Status): Node =>
  at =>
    at < minute ? before : then;

const failed = { when: moment(60_000), ok: false, detail: 'refused', tookMs: 3 };

const MASTERS: readonly Story[] = [
  { title: 'all is well', ...WELL, minutes: 20, fires: {} },
  {
    title: 'a hand-over, seen halfway by the last scrape',
    a: turning(5.25, A, heard(backup(A), 400)),
    b: turning(5, B, silent(master(B))),
    minutes: 5,
    fires: {},
  },
  {
    title: 'both are master and do not hear each other',
    a: WELL.a,
    b: always(silent(master(B))),
    fires: { LocumTwoMasters: 1 },
  },
  {
    title: 'another VRRP router says that it is master too',
    a: always(heard(A, 400)),
    fires: { LocumRivalMaster: 1 },
  },
  {
    title: 'no node can be master',
    a: always(fault(A)),
    b: always(fault(B)),
    fires: { LocumNoMaster: 1, LocumFault: 2 },
  },
  { title: 'the other node is a keepalived, and master', b: WELL.b, fires: {} },
  {
    title: 'the master is away from Prometheus, not from its backup',
    a: () => 'away',
    b: WELL.b,
    fires: { LocumDown: 1 },
  },
  {
    title: 'a node went away',
    a: at => (at < 5 ? A : 'away'),
    b: turning(5, B, silent(master(B))),
    fires: { LocumDown: 1 },
  },
];

const ADDRESSES: readonly Story[] = [
  {
    title: 'the master has no address',
    a: always(withRouter(A, held(false, null))),
    b: WELL.b,
    fires: { LocumAddressMissing: 1 },
  },
  {
    title: 'a backup has the address',
    a: WELL.a,
    b: always(withRouter(B, held(true, null))),
    fires: { LocumAddressLeftBehind: 1 },
  },
  {
    title: 'an owner in fault keeps what is its own',
    a: always(withRouter(fault(A), { basePriority: 255, ...held(true, null) })),
    fires: { LocumFault: 1 },
  },
  {
    title: 'a lease is not renewed in time',
    a: always(withRouter(A, held(true, 1))),
    b: WELL.b,
    fires: { LocumLeaseNearlyEnded: 1 },
  },
];

const STANDING: readonly Story[] = [
  {
    title: 'the daemon begins again and again',
    a: at => ({ ...A, uptimeMs: (at % 3) * 60_000 }),
    b: WELL.b,
    fires: { LocumRestarting: 1 },
  },
  {
    title: 'a router becomes master every minute',
    a: at => withCounters(A, { becameMaster: Math.floor(at) }),
    b: WELL.b,
    fires: { LocumFlapping: 1 },
  },
  { title: 'a node is in fault', a: WELL.a, b: always(fault(B)), fires: { LocumFault: 1 } },
  {
    title: 'a node is being drained',
    a: WELL.a,
    b: always({ ...fault(B), drain: { state: 'draining', since: moment(0), detail: '' } }),
    fires: {},
  },
  {
    title: 'a drain is forgotten',
    a: WELL.a,
    b: always({ ...fault(B), drain: { state: 'drained', since: moment(0), detail: '' } }),
    minutes: 62,
    fires: { LocumDrained: 1 },
  },
  {
    title: 'a tracker is down',
    a: WELL.a,
    b: always(withTracker(B, { health: 'down' })),
    fires: { LocumTrackerDown: 1 },
  },
  {
    title: 'a tracker flaps',
    a: always(withTracker(A, { changesLastMinute: 5 })),
    b: WELL.b,
    fires: { LocumTrackerFlapping: 1 },
  },
];

const UPSTREAMS: readonly Story[] = [
  {
    title: 'a reload is rolled back',
    a: always(withUpstreams(A, { lastVerify: failed })),
    b: WELL.b,
    fires: { LocumUpstreamsFailing: 1 },
  },
  {
    title: 'an upstream is empty',
    a: always(withUpstreams(A, { upstreams: [{ name: 'app', balance: 'round_robin', servers: [] }] })),
    b: WELL.b,
    fires: { LocumUpstreamEmpty: 1 },
  },
  {
    title: 'a container is left out',
    a: always(withUpstreams(A, { leftOut: [{ upstream: 'app', container: 'x', reason: 'y', fix: 'z' }] })),
    b: WELL.b,
    minutes: 20,
    fires: { LocumContainersLeftOut: 1 },
  },
  {
    title: 'the Docker engine is away',
    a: always({ ...A, docker: { connected: false, lastError: 'gone', containers: 3 } }),
    b: WELL.b,
    fires: { LocumDockerAway: 1 },
  },
  { title: 'Docker is not used', a: always({ ...A, docker: null, upstreams: null }), b: WELL.b, fires: {} },
];

const PROCESS: readonly Story[] = [
  {
    title: 'a configuration is refused',
    a: always({ ...A, reload: { at: A.takenAt, ok: false, detail: 'line 3', count: 1 } }),
    b: WELL.b,
    fires: { LocumReloadRefused: 1 },
  },
  {
    title: 'packets of our VRID are dropped',
    a: WELL.a,
    b: at => withCounters(B, { discards: { checksum: Math.floor(at * 60) } }),
    fires: { LocumPacketsDiscarded: 1 },
  },
  {
    title: 'packets of others are dropped, as they should be',
    a: WELL.a,
    b: at => withCounters(B, { discards: { vrid: Math.floor(at * 600) } }),
    fires: {},
  },
  {
    title: 'a peer differs',
    a: WELL.a,
    b: always(heard(B, 400, 'interval-differs')),
    fires: { LocumPeersDiffer: 1 },
  },
  {
    title: 'the process stood still',
    a: turning(5, A, { ...A, eventLoop: { meanLagMs: 0.3, maxLagMs: 900 } }),
    b: WELL.b,
    fires: { LocumEventLoopLate: 1 },
  },
  {
    title: 'the process stood still before Prometheus first looked',
    a: always({ ...A, eventLoop: { meanLagMs: 0.3, maxLagMs: 900 } }),
    b: WELL.b,
    fires: { LocumEventLoopLate: 1 },
  },
  {
    title: 'the process stood still, longer ago than is told',
    a: turning(10, { ...A, eventLoop: { meanLagMs: 0.3, maxLagMs: 900 } }, A),
    b: WELL.b,
    fires: {},
  },
  {
    title: 'a hook fails',
    a: turning(8, A, { ...A, hooks: A.hooks.map(hook => ({ ...hook, failures: 4 })) }),
    b: WELL.b,
    fires: { LocumHookFailing: 1 },
  },
  {
    title: 'the kernel refuses to schedule in real time',
    a: always({ ...A, scheduling: { policy: 'other', priority: 0, nice: 0, problem: 'no SYS_NICE' } }),
    b: WELL.b,
    fires: { LocumSchedulingRefused: 1 },
  },
];

export const STORIES: readonly Story[] = [...MASTERS, ...ADDRESSES, ...STANDING, ...UPSTREAMS, ...PROCESS];
