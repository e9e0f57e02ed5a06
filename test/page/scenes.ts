/** Statuses of two nodes in the situations that the page must tell apart. */

import type {
  PeerStatus,
  RouterStateName,
  RouterStatus,
  Status,
  TrackerStatus,
} from '../../src/control/status.ts';
import { moment, SNAPSHOT } from '../control/support.ts';

export const VIP = '198.18.51.100';

const ADDRESSES: Readonly<Record<string, string>> = { 'node-a': '198.18.51.2', 'node-b': '198.18.51.3' };

const ROUTER = SNAPSHOT.routers[0] as RouterStatus;

const REASONS: Readonly<Record<RouterStateName, string>> = {
  init: 'starting',
  backup: '198.18.51.2 advertised priority 110, above our 108',
  master: 'nothing heard from 198.18.51.3 for 3.61s',
  fault: 'tracker nginx: no process nginx',
};

/** What tracker page adds. */
const BONUS = 10;

export interface RouterScene {
  readonly state: RouterStateName;
  /** In this state for so long. */
  readonly forMs?: number;
  readonly base?: number;
  /** What tracker nginx takes. */
  readonly lost?: number;
  readonly master?: string | null;
  readonly router?: Partial<RouterStatus>;
}

const peer = (address: string): PeerStatus => ({
  ...(ROUTER.peers[0] as PeerStatus),
  address,
  priority: address === ADDRESSES['node-a'] ? 110 : 108,
  authentication: 'none',
  lastSeen: moment(300),
  warnings: [],
});

/** A virtual router on a node that is well, in one state. */
export function router({
  state,
  forMs = 130_000,
  base = 100,
  lost = 0,
  master = null,
  router: more,
}: RouterScene): RouterStatus {
  const before = state === 'backup' ? 'master' : 'backup';
  return {
    ...ROUTER,
    state,
    since: moment(forMs),
    reason: REASONS[state],
    transitions: [
      { from: before, to: state, reason: REASONS[state], when: moment(forMs) },
      { from: 'init', to: before, reason: 'startup', when: moment(forMs + 190_000) },
    ],
    basePriority: base,
    effectivePriority: base + BONUS - lost,
    contributions: [
      {
        tracker: 'nginx',
        health: lost > 0 ? 'down' : 'up',
        weight: -30,
        reverse: false,
        delta: -lost,
        fault: false,
        detail: lost > 0 ? 'no process nginx' : 'nginx runs, pid 31',
      },
      {
        tracker: 'page',
        health: 'up',
        weight: BONUS,
        reverse: false,
        delta: BONUS,
        fault: false,
        detail: 'HTTP 200 in 2 ms',
      },
    ],
    masterAddress: master,
    peers: state === 'backup' && master !== null ? [peer(master)] : [],
    refused: [],
    refusedOfOthers: 0,
    vips: [
      {
        address: `${VIP}/24`,
        present: state === 'master',
        validLifetimeSeconds: state === 'master' ? 3 : null,
        advertised: true,
      },
    ],
    counters: { ...ROUTER.counters, discards: {} },
    ...more,
  };
}

const good = (agoMs: number, detail: string) => ({ when: moment(agoMs), ok: true, detail });
const bad = (agoMs: number, detail: string) => ({ when: moment(agoMs), ok: false, detail });

function tracker(name: string, type: string, down: boolean): TrackerStatus {
  const last = down
    ? bad(400, 'no process nginx')
    : good(400, name === 'page' ? 'HTTP 200 in 2 ms' : 'nginx runs, pid 31');
  return {
    name,
    type,
    health: down ? 'down' : 'up',
    weight: name === 'page' ? 10 : -30,
    reverse: false,
    since: moment(down ? 12_000 : 8_000_000),
    last,
    history: [
      last,
      ...Array.from({ length: 9 }, (_, i) =>
        (down && i < 3) || (!down && i === 6)
          ? bad(1_400 + i * 1_000, 'no process nginx')
          : good(1_400 + i * 1_000, 'nginx runs, pid 31'),
      ),
    ],
    changesLastMinute: down ? 1 : 0,
  };
}

/** A node with these virtual routers and nothing else wrong. */
export function node(name: string, routers: readonly RouterStatus[], more: Partial<Status> = {}): Status {
  const down = routers.some(({ contributions }) => contributions.some(({ health }) => health === 'down'));
  return {
    ...SNAPSHOT,
    node: name,
    pid: name === 'node-a' ? 7 : 8,
    routers,
    trackers: [tracker('nginx', 'process', down), tracker('page', 'http', false)],
    hooks: [],
    upstreams: wellUpstreams(),
    drops: {},
    peerPages: [],
    ...more,
  };
}

function wellUpstreams(): NonNullable<Status['upstreams']> {
  const shown = SNAPSHOT.upstreams as NonNullable<Status['upstreams']>;
  return {
    ...shown,
    upstreams: shown.upstreams.slice(0, 1),
    leftOut: [],
    warnings: [],
    lastReload: good(59_000, 'nginx took it'),
    lastVerify: good(58_700, 'new workers of generation 4'),
    failures: 0,
  };
}

/** node-a is master, node-b stands by: all is well. */
export function wellPair(forMs = 130_000): [Status, Status] {
  return [
    node('node-a', [router({ state: 'master', forMs, master: ADDRESSES['node-a'] ?? null })]),
    node('node-b', [router({ state: 'backup', forMs, base: 98, master: ADDRESSES['node-a'] ?? null })]),
  ];
}

/** The same pair after nginx died on node-a. */
export function handedOver(forMs = 12_000): [Status, Status] {
  const master = ADDRESSES['node-b'] ?? null;
  const left = '198.18.51.3 advertised priority 108, above our 80';
  const taken = '198.18.51.2 advertised priority 80, below our 108';
  return [
    node('node-a', [router({ state: 'backup', forMs, lost: 30, master, router: { reason: left } })]),
    node('node-b', [router({ state: 'master', forMs, base: 98, master, router: { reason: taken } })]),
  ];
}

/** They do not hear each other. */
export function twoMasters(forMs = 12_000): [Status, Status] {
  const [a] = wellPair();
  return [
    a,
    node('node-b', [router({ state: 'master', forMs, base: 98, master: ADDRESSES['node-b'] ?? null })]),
  ];
}

/** node-a cannot take part; node-b has not taken over. */
export function fault(): [Status, Status] {
  const broken = router({ state: 'fault', forMs: 12_000, lost: 30 });
  const contributions = broken.contributions.map(c =>
    c.health === 'down' ? { ...c, weight: 0, delta: 0, fault: true } : c,
  );
  const [, b] = handedOver();
  return [node('node-a', [{ ...broken, contributions }]), b];
}

/** One router after another, named web-1 and so on, on both nodes. */
export function many(count: number): [Status, Status] {
  const numbered = (state: RouterStateName, i: number): RouterStatus => ({
    ...router({ state, master: ADDRESSES['node-a'] ?? null }),
    name: `web-${i + 1}`,
    vrid: i + 1,
    vips: [
      {
        address: `198.18.${60 + (i >> 8)}.${i & 255}/24`,
        present: state === 'master',
        validLifetimeSeconds: null,
        advertised: true,
      },
    ],
  });
  const of = (state: RouterStateName) => Array.from({ length: count }, (_, i) => numbered(state, i));
  return [node('node-a', of('master')), node('node-b', of('backup'))];
}
