/**
 * What the page shows of a status, read from JSON that anybody may have sent: another node, another version of Locum, or something
 * that is no Locum at all. Whatever is missing or of another kind becomes empty, every list has an end, and nothing throws.
 */

import type { Status } from '../../control/status.ts';

type Read<T> = (value: unknown) => T;

const MOST_CHARACTERS = 2_000;
const MOST_ROUTERS = 255;
const MOST_ENTRIES = 1_000;

const text: Read<string> = value =>
  typeof value === 'string' ? value.slice(0, MOST_CHARACTERS) : Number.isFinite(value) ? String(value) : '';

/** Whatever is added up or divided below stays a number that can be drawn. */
const LARGEST = Number.MAX_SAFE_INTEGER;

const number: Read<number> = value =>
  typeof value === 'number' && Number.isFinite(value) ? Math.max(-LARGEST, Math.min(LARGEST, value)) : 0;

const flag: Read<boolean> = value => value === true;

const nullable =
  <T>(read: Read<T>): Read<T | null> =>
  value =>
    value === null || value === undefined ? null : read(value);

const list =
  <T>(read: Read<T>, most = MOST_ENTRIES): Read<readonly T[]> =>
  value =>
    Array.isArray(value) ? value.slice(0, most).map(read) : [];

/** One of the words; the first where it is none of them. */
const word =
  <const W extends string>(...words: readonly [W, ...W[]]): Read<W> =>
  value =>
    words.find(known => known === value) ?? words[0];

const counts: Read<Readonly<Record<string, number>>> = value =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {})
      .slice(0, MOST_ENTRIES)
      .map(([key, count]) => [text(key), number(count)]),
  );

const shape =
  <T extends object>(fields: { readonly [K in keyof T]: Read<T[K]> }): Read<T> =>
  value => {
    const given = isObject(value) ? value : {};
    const read = (name: string, field: Read<unknown>): [string, unknown] => [
      name,
      field(Object.hasOwn(given, name) ? given[name] : undefined),
    ];
    return Object.fromEntries(
      Object.entries<Read<unknown>>(fields).map(([name, field]) => read(name, field)),
    ) as T;
  };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const moment = shape({ agoMs: number, at: text });
const operation = shape({ when: moment, ok: flag, detail: text });
const state = word('init', 'backup', 'master', 'fault');
const health = word('unknown', 'up', 'down');

const warning = shape({ about: text, text, dropped: flag, count: number, lastSeen: moment });

const router = shape({
  name: text,
  vrid: number,
  interface: text,
  vmac: nullable(shape({ interface: text, mac: text, present: flag, up: flag })),
  version: number,
  state,
  since: moment,
  reason: text,
  transitions: list(shape({ from: state, to: state, reason: text, when: moment })),
  basePriority: number,
  effectivePriority: number,
  contributions: list(
    shape({
      tracker: text,
      health,
      weight: number,
      reverse: flag,
      delta: number,
      fault: flag,
      detail: text,
    }),
  ),
  masterAddress: nullable(text),
  peers: list(
    shape({
      address: text,
      priority: number,
      version: number,
      advertIntervalMs: number,
      lastSeen: moment,
      checksum: text,
      authentication: text,
      warnings: list(warning),
    }),
  ),
  refused: list(
    shape({
      address: nullable(text),
      priority: nullable(number),
      lastSeen: moment,
      warnings: list(warning),
    }),
  ),
  refusedOfOthers: number,
  syncGroup: nullable(shape({ name: text, ready: flag })),
  vips: list(
    shape({ address: text, present: flag, validLifetimeSeconds: nullable(number), advertised: flag }),
  ),
  leaseSeconds: nullable(number),
  counters: shape({
    advertsSent: number,
    advertsReceived: number,
    priorityZeroSent: number,
    priorityZeroReceived: number,
    becameMaster: number,
    releasedMaster: number,
    discards: counts,
  }),
  nextDeadline: nullable(shape({ inMs: number, reason: text })),
});

const tracker = shape({
  name: text,
  type: text,
  health,
  weight: number,
  reverse: flag,
  since: moment,
  last: nullable(operation),
  history: list(operation),
  changesLastMinute: number,
});

const hook = shape({
  name: text,
  type: text,
  runs: number,
  failures: number,
  dropped: number,
  waiting: number,
  running: nullable(shape({ what: text, since: moment })),
  last: nullable(operation),
});

const server = shape({ address: text, weight: number, backup: flag, origin: text });

const upstreams = shape({
  file: text,
  upstreams: list(shape({ name: text, balance: text, servers: list(server) })),
  leftOut: list(shape({ upstream: nullable(text), container: text, reason: text, fix: text })),
  unasked: list(text),
  warnings: list(text),
  lastRender: nullable(operation),
  lastReload: nullable(operation),
  lastVerify: nullable(operation),
  renders: number,
  reloads: number,
  failures: number,
});

const shown = shape({
  version: text,
  pid: number,
  node: text,
  uptimeMs: number,
  takenAt: text,
  routers: list(router, MOST_ROUTERS),
  trackers: list(tracker),
  hooks: list(hook),
  drain: shape({ state: word('none', 'draining', 'drained'), since: nullable(moment), detail: text }),
  docker: nullable(shape({ connected: flag, lastError: nullable(text), containers: number })),
  upstreams: nullable(upstreams),
  reload: nullable(shape({ at: text, ok: flag, detail: text })),
  eventLoop: shape({ meanLagMs: number, maxLagMs: number }),
  scheduling: nullable(shape({ policy: text, priority: number, nice: number, problem: nullable(text) })),
  drops: counts,
  peerPages: list(text, 16),
});

/** A status as far as the page shows it: every {@link Status} is one, and so may be those of other versions. */
export type Shown = ReturnType<typeof shown>;
export type RouterShown = Shown['routers'][number];
export type TrackerShown = Shown['trackers'][number];
export type UpstreamsShown = NonNullable<Shown['upstreams']>;
export type PeerShown = RouterShown['peers'][number];
export type WarningShown = PeerShown['warnings'][number];
export type OperationShown = TrackerShown['history'][number];
export type MomentShown = OperationShown['when'];
export type StateName = RouterShown['state'];

/** Compiles only as long as what the page reads is what a status holds. */
export const shownOf = (status: Status): Shown => status;

/** The status in one message; undefined when it is none. */
export function readStatus(message: string): Shown | undefined {
  try {
    const value: unknown = JSON.parse(message);
    return isObject(value) && Array.isArray(value['routers']) ? shown(value) : undefined;
  } catch {
    return undefined;
  }
}
