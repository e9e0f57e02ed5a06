/** A snapshot with something in every place, a daemon that answers with it, and a log that is kept. */

import type { Operator, Snapshot, Views } from '../../src/control/answers.ts';
import { EventLog } from '../../src/control/event-log.ts';
import type { Status } from '../../src/control/status.ts';
import type { Logger } from '../../src/lib/logger.ts';

const at = '2026-01-31T12:00:00.000Z';
export const moment = (agoMs: number) => ({ agoMs, at });

export const SNAPSHOT: Status = {
  version: '0.1.0',
  pid: 7,
  node: 'node-a',
  uptimeMs: 11_520_000,
  takenAt: at,
  routers: [
    {
      name: 'web',
      vrid: 51,
      interface: 'eth0',
      vmac: null,
      version: 3,
      state: 'master',
      since: moment(130_000),
      reason: 'nothing heard from 198.18.51.3 for 3.61s',
      transitions: [
        {
          from: 'backup',
          to: 'master',
          reason: 'nothing heard from 198.18.51.3 for 3.61s',
          when: moment(130_000),
        },
        { from: 'init', to: 'backup', reason: 'startup', when: moment(11_520_000) },
      ],
      basePriority: 100,
      effectivePriority: 70,
      contributions: [
        {
          tracker: 'nginx',
          health: 'down',
          weight: -30,
          reverse: false,
          delta: -30,
          fault: false,
          detail: 'no process nginx',
        },
        {
          tracker: 'page',
          health: 'up',
          weight: 0,
          reverse: false,
          delta: 0,
          fault: false,
          detail: 'HTTP 200',
        },
      ],
      masterAddress: '198.18.51.2',
      peers: [
        {
          address: '198.18.51.3',
          priority: 98,
          version: 3,
          advertIntervalMs: 1_000,
          lastSeen: moment(131_900),
          checksum: 'pseudo-header',
          authentication: 'hmac 1',
          warnings: [
            {
              about: 'addresses-differ',
              text: 'does not advertise 198.18.51.101: set the same virtual addresses on both',
              dropped: false,
              count: 131,
              lastSeen: moment(131_900),
            },
          ],
        },
      ],
      refused: [
        {
          address: '198.18.51.4',
          priority: 100,
          version: 2,
          advertIntervalMs: 1_000,
          lastSeen: moment(400),
          warnings: [
            {
              about: 'version',
              text: 'speaks version 2, we 3: set the same version on both',
              dropped: true,
              count: 77,
              lastSeen: moment(400),
            },
          ],
        },
      ],
      refusedOfOthers: 3,
      syncGroup: null,
      vips: [
        { address: '198.18.51.100/24', present: true, validLifetimeSeconds: 3, advertised: true },
        { address: '198.18.51.101/24', present: false, validLifetimeSeconds: null, advertised: true },
      ],
      leaseSeconds: 4,
      counters: {
        advertsSent: 131,
        advertsReceived: 2,
        priorityZeroSent: 0,
        priorityZeroReceived: 1,
        becameMaster: 1,
        releasedMaster: 0,
        discards: { checksum: 2, ttl: 0, vrid: 1 },
      },
      nextDeadline: { inMs: 612, reason: 'advertise' },
    },
  ],
  trackers: [
    {
      name: 'nginx',
      type: 'process',
      health: 'down',
      weight: -30,
      reverse: false,
      since: moment(900),
      last: { when: moment(12), ok: false, detail: 'no process nginx' },
      history: [{ when: moment(12), ok: false, detail: 'no process nginx' }],
      changesLastMinute: 1,
    },
    {
      name: 'page',
      type: 'http',
      health: 'unknown',
      weight: 0,
      reverse: false,
      since: moment(10),
      last: null,
      history: [],
      changesLastMinute: 0,
    },
  ],
  hooks: [
    {
      name: 'pager',
      type: 'exec',
      runs: 5,
      failures: 1,
      dropped: 2,
      waiting: 3,
      running: { what: 'web MASTER', since: moment(4_000) },
      last: { when: moment(130_000), ok: false, detail: 'web BACKUP: exit code 3: no route to host' },
    },
  ],
  drain: { state: 'none', since: null, detail: '' },
  docker: { connected: true, lastError: null, containers: 7 },
  upstreams: {
    file: '/etc/nginx/locum/upstreams.conf',
    upstreams: [
      {
        name: 'app',
        balance: 'round_robin',
        servers: [
          {
            address: '198.18.51.20:8080',
            weight: 5,
            backup: false,
            origin: 'app-1',
            line: '198.18.51.20:8080 weight=5',
          },
          {
            address: '198.18.51.21:8080',
            weight: 1,
            backup: true,
            origin: 'app-2',
            line: '198.18.51.21:8080 backup',
          },
        ],
      },
      { name: 'empty', balance: 'round_robin', servers: [] },
    ],
    leftOut: [
      {
        upstream: 'app',
        container: 'db',
        reason: 'label locum.port="x": must be 1 to 65535',
        fix: 'correct its labels',
      },
    ],
    unasked: ['cron'],
    warnings: ['container app-1: unknown label "locum.prot"; did you mean locum.port?'],
    lastRender: { when: moment(60_000), ok: true, detail: '2 upstreams, 2 servers' },
    lastReload: { when: moment(59_000), ok: false, detail: 'nginx -t: "server" is not allowed' },
    lastVerify: null,
    renders: 4,
    reloads: 1,
    failures: 1,
  },
  reload: null,
  eventLoop: { meanLagMs: 0.21, maxLagMs: 14.5 },
  scheduling: { policy: 'other', priority: 0, nice: 0, problem: null },
  drops: { events: 0, packets: 12 },
  peerPages: [],
};

/** What a daemon is asked and told, where it is not at rest. */
export interface Given extends Partial<Views>, Partial<Operator> {
  readonly status?: () => Promise<Status>;
}

/** What a daemon at rest answers. */
export function deskWith({ status = async () => SNAPSHOT, ...given }: Given): {
  readonly views: Views;
  readonly operator: Operator;
} {
  return {
    views: {
      health: () => ({ ok: true, detail: 'running' }),
      snapshot: async () => snapshotOf(await status()),
      follow: () => () => undefined,
      events: new EventLog(() => at),
      page: () => ({ html: '<!doctype html>', policy: "default-src 'none'" }),
      ...given,
    },
    operator: {
      drain: async () => ({ outcome: 'drained', ok: true, text: 'handed over', warnings: [] }),
      undrain: async () => ({ outcome: 'undrained', ok: true, text: 'takes part again', warnings: [] }),
      reload: async () => ({ outcome: 'unchanged', ok: true, text: 'nothing to apply', warnings: [] }),
      ...given,
    },
  };
}

export function snapshotOf(status: Status): Snapshot {
  return {
    status,
    json: () => JSON.stringify(status),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'locum_up 1\n' }),
  };
}

export interface KeptLog extends Logger {
  readonly lines: string[];
}

export function keptLog(): KeptLog {
  const lines: string[] = [];
  const keep = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}
