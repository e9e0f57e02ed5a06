/** Snapshots for the metrics: one with something in every place, and a pair of nodes that are well. */

import type { RouterStatus, Status } from '../../src/control/status.ts';
import { moment, SNAPSHOT } from './support.ts';

const [web] = SNAPSHOT.routers;
if (web === undefined) throw new Error('the snapshot has no virtual router');

/** Something in every place, and every label that a metric can have. */
export const FULL: Status = {
  ...SNAPSHOT,
  routers: [
    {
      ...web,
      vips: [
        ...web.vips,
        { address: '198.18.51.102/24', present: true, validLifetimeSeconds: 3, advertised: false },
      ],
    },
    {
      ...web,
      name: 'web6',
      vrid: 52,
      state: 'fault',
      vmac: { interface: 'vrrp.52', mac: '00:00:5e:00:02:34', present: true, up: false },
      syncGroup: { name: 'both', ready: true },
      masterAddress: null,
      vips: [
        { address: 'fd00:198:18::100/64', present: false, validLifetimeSeconds: null, advertised: true },
      ],
    },
  ],
  upstreams: SNAPSHOT.upstreams && {
    ...SNAPSHOT.upstreams,
    lastReload: { when: moment(59_000), ok: false, detail: 'nginx -t: no', tookMs: 41.5 },
    lastVerify: { when: moment(58_000), ok: true, detail: 'new workers', tookMs: 180 },
  },
  reload: { at: '2026-01-31T11:00:00.000Z', ok: false, detail: 'line 3: no', count: 2 },
  scheduling: { policy: 'rr', priority: 1, nice: 0, problem: 'SYS_NICE is missing' },
};

const ADDRESS = '198.18.51.100/24';

function routerOf(master: boolean): RouterStatus {
  const state = master ? 'master' : 'backup';
  return {
    name: 'web',
    vrid: 51,
    interface: 'eth0',
    vmac: null,
    version: 3,
    state,
    since: moment(3_600_000),
    reason: 'startup',
    transitions: [{ from: 'init', to: state, reason: 'startup', when: moment(3_600_000) }],
    basePriority: master ? 100 : 98,
    effectivePriority: master ? 100 : 98,
    contributions: [
      { tracker: 'nginx', health: 'up', weight: -30, reverse: false, delta: 0, fault: false, detail: 'runs' },
    ],
    masterAddress: '198.18.51.2',
    peers: [
      {
        address: master ? '198.18.51.3' : '198.18.51.2',
        priority: master ? 98 : 100,
        version: 3,
        advertIntervalMs: 1_000,
        // A backup is silent.
        lastSeen: moment(master ? 3_600_000 : 400),
        checksum: 'pseudo-header',
        authentication: 'none',
        warnings: [],
      },
    ],
    refused: [],
    refusedOfOthers: 0,
    syncGroup: null,
    vips: [{ address: ADDRESS, present: master, validLifetimeSeconds: master ? 4 : null, advertised: true }],
    leaseSeconds: 4,
    counters: {
      advertsSent: master ? 3_600 : 0,
      advertsReceived: master ? 0 : 3_600,
      priorityZeroSent: 0,
      priorityZeroReceived: 0,
      becameMaster: master ? 1 : 0,
      releasedMaster: 0,
      discards: { ttl: 2 },
    },
    nextDeadline: null,
  };
}

/** A node of a pair that is well. */
export function wellNode(node: 'a' | 'b'): Status {
  const done = { when: moment(60_000), ok: true, detail: 'done', tookMs: 2.5 };
  return {
    ...SNAPSHOT,
    node,
    uptimeMs: 3_600_000,
    routers: [routerOf(node === 'a')],
    trackers: [
      {
        name: 'nginx',
        type: 'process',
        health: 'up',
        weight: -30,
        reverse: false,
        since: moment(3_600_000),
        last: { when: moment(400), ok: true, detail: 'runs' },
        history: [],
        changesLastMinute: 0,
      },
    ],
    hooks: [
      {
        name: 'pager',
        type: 'exec',
        runs: 2,
        failures: 1,
        dropped: 1,
        waiting: 0,
        running: null,
        last: done,
      },
    ],
    upstreams: {
      file: '/etc/nginx/locum/upstreams.conf',
      upstreams: [
        {
          name: 'app',
          balance: 'round_robin',
          servers: [
            {
              address: '198.18.51.20:8080',
              weight: 1,
              backup: false,
              origin: 'app-1',
              line: '198.18.51.20:8080',
            },
          ],
        },
      ],
      leftOut: [],
      unasked: [],
      warnings: [],
      lastRender: done,
      lastReload: done,
      lastVerify: done,
      renders: 1,
      reloads: 1,
      failures: 0,
    },
    reload: null,
    eventLoop: { meanLagMs: 0.2, maxLagMs: 15 },
    drops: {},
  };
}
