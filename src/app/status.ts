/** The status snapshot of the running daemon, gathered from its parts. Reads, never changes. */

import {
  type DockerStatus,
  type DrainStatus,
  type HookStatus,
  type Moment,
  type OperationStatus,
  OUTCOMES_KEPT,
  type Status,
  type TrackerStatus,
  type UpstreamsStatus,
} from '../control/status.ts';
import type { WatcherStatus } from '../docker/watcher.ts';
import { between, type Instant, inMilliseconds } from '../lib/time.ts';
import type { KernelAddress } from '../net/rtnetlink-messages.ts';
import { serverLine } from '../nginx/render.ts';
import type { Notice } from '../notify/notice.ts';
import { recentChanges } from '../tracking/history.ts';
import type { DrainReport } from './drain.ts';
import type { HookReport } from './hook.ts';
import type { Link, LinkTenant } from './link.ts';
import type { WorkingRouter } from './router.ts';
import { routerStatus, type Snapping } from './router-status.ts';
import type { SeenOutcome, TrackerReport } from './tracker-runner.ts';
import type { Step, UpstreamsReport } from './upstreams-report.ts';
import { VirtualPlace } from './virtual-place.ts';

/** A virtual router and the link it lives on. */
export interface Placed {
  readonly router: WorkingRouter;
  readonly link: Link;
  /** Where its addresses live: the link itself, or a macvlan on it. */
  readonly place: Link | VirtualPlace;
  /** As the link knows it. */
  readonly tenant: LinkTenant;
}

export interface StatusParts {
  readonly version: string;
  readonly node: string;
  readonly startedAt: Instant;
  readonly now: Instant;
  readonly routers: readonly Placed[];
  readonly trackers: readonly TrackerReport[];
  readonly hooks: readonly HookReport[];
  readonly drain: DrainReport;
  readonly docker: WatcherStatus | undefined;
  readonly upstreams: UpstreamsReport | undefined;
  readonly held: readonly KernelAddress[];
  readonly reload: Status['reload'];
  readonly eventLoop: Status['eventLoop'];
  readonly scheduling: Status['scheduling'];
  readonly links: readonly Link[];
  /** Beside those of the links. */
  readonly drops: Status['drops'];
  readonly peerPages: Status['peerPages'];
}

export function gatherStatus(parts: StatusParts): Status {
  const snapping = snappingAt(parts.now);
  const details = new Map(parts.trackers.map(({ name, last }) => [name, last?.detail ?? '']));
  return {
    version: parts.version,
    pid: process.pid,
    node: parts.node,
    uptimeMs: inMilliseconds(between(parts.startedAt, parts.now)),
    takenAt: new Date().toISOString(),
    routers: parts.routers.map(({ router, link, place }) => {
      const held = parts.held.filter(({ interfaceIndex }) => interfaceIndex === place.outlet?.index);
      const status = routerStatus(router, link.name, held, details, snapping, parts.startedAt);
      return { ...status, vmac: place instanceof VirtualPlace ? place.status() : null };
    }),
    trackers: parts.trackers.map(report => trackerStatus(report, snapping)),
    hooks: parts.hooks.map(report => hookStatus(report, snapping)),
    drain: drainStatus(parts.drain),
    docker: parts.docker === undefined ? null : dockerStatus(parts.docker),
    upstreams: parts.upstreams === undefined ? null : upstreamsStatus(parts.upstreams, snapping),
    reload: parts.reload,
    eventLoop: parts.eventLoop,
    scheduling: parts.scheduling,
    drops: { ...dropsOf(parts.links), ...parts.drops },
    peerPages: parts.peerPages,
  };
}

function dropsOf(links: readonly Link[]): Status['drops'] {
  return Object.fromEntries(
    links.flatMap(({ name, drops }) =>
      Object.entries(drops).map(([what, count]) => [`${name} ${what}`, count]),
    ),
  );
}

/** The wall clock is read for display only: an age on the monotonic clock, shown as a time of day. */
function snappingAt(now: Instant): Snapping {
  const wallMs = Date.now();
  return {
    now,
    momentOf(at: Instant): Moment {
      const agoMs = inMilliseconds(between(at, now));
      return { agoMs, at: new Date(wallMs - agoMs).toISOString() };
    },
  };
}

function trackerStatus(report: TrackerReport, snapping: Snapping): TrackerStatus {
  const { name, type, health, weight, reverse, since, last, history, changes } = report;
  const outcome = ({ at, ok, detail }: SeenOutcome): OperationStatus => ({
    when: snapping.momentOf(at),
    ok,
    detail,
  });
  return {
    name,
    type,
    health,
    weight,
    reverse,
    since: snapping.momentOf(since),
    last: last === undefined ? null : outcome(last),
    history: history.slice(-OUTCOMES_KEPT).reverse().map(outcome),
    changesLastMinute: recentChanges(changes, snapping.now),
  };
}

function hookStatus({ running, last, ...report }: HookReport, { momentOf }: Snapping): HookStatus {
  const named = ({ router, state }: Notice) => `${router} ${state.toUpperCase()}`;
  return {
    ...report,
    running: running === undefined ? null : { what: named(running.notice), since: momentOf(running.at) },
    last:
      last === undefined
        ? null
        : { when: momentOf(last.at), ok: last.ok, detail: `${named(last.notice)}: ${last.detail}` },
  };
}

/** It may have begun before this process: there is only the wall clock to tell. */
function drainStatus({ state, since, detail }: DrainReport): DrainStatus {
  const moment = since === undefined ? null : { agoMs: Date.now() - Date.parse(since), at: since };
  return { state, since: moment, detail };
}

function dockerStatus({ connected, lastError, running }: WatcherStatus): DockerStatus {
  return { connected, lastError: lastError ?? null, containers: running };
}

function upstreamsStatus(report: UpstreamsReport, snapping: Snapping): UpstreamsStatus {
  const stepOf = (step: Step | undefined): OperationStatus | null =>
    step === undefined
      ? null
      : {
          when: snapping.momentOf(step.at),
          ok: step.ok,
          detail: step.detail,
          tookMs: inMilliseconds(step.took),
        };
  const { counts, content } = report;
  return {
    file: report.file,
    upstreams: content.upstreams.map(({ name, options, servers }) => ({
      name,
      balance: options.balance,
      servers: servers.map(server => ({
        address: `${server.address}:${server.port}`,
        weight: server.weight ?? 1,
        backup: server.backup,
        origin: server.origin,
        line: serverLine(server),
      })),
    })),
    leftOut: [
      ...content.upstreams.flatMap(({ name, leftOut }) => leftOut.map(out => ({ upstream: name, ...out }))),
      ...content.leftOut.map(out => ({ upstream: null, ...out })),
    ],
    unasked: content.unasked,
    warnings: content.warnings,
    lastRender: stepOf(report.lastRender),
    lastReload: stepOf(report.lastReload),
    lastVerify: stepOf(report.lastVerify),
    renders: counts.renders,
    reloads: counts.reloads,
    failures: counts.writeFailures + counts.rolledBack,
  };
}
