/** The rest of a node as metrics: the process, its trackers, hooks, drain, Docker and upstreams. */

import type {
  DockerStatus,
  DrainStatus,
  HookStatus,
  OperationStatus,
  SchedulingStatus,
  Status,
  TrackerStatus,
  UpstreamStatus,
  UpstreamsStatus,
} from '../status.ts';
import {
  each,
  type Family,
  familiesOf,
  metricsOf,
  oneOf,
  type Reading,
  seconds,
  UNLABELLED,
  type Value,
} from './family.ts';

const node = metricsOf<Status>();
const PROCESS = [
  node.gauge('locum_build_info', 'The version of Locum; always 1.', ({ version }) => [[{ version }, 1]]),
  node.gauge('locum_node_info', 'The name of the node; always 1.', ({ node }) => [[{ node }, 1]]),
  node.gauge('locum_uptime_seconds', 'Time since the daemon began.', ({ uptimeMs }) => seconds(uptimeMs)),
  node.gauge(
    'locum_event_loop_lag_mean_seconds',
    'How late timers ran, on average within the last five to ten minutes.',
    ({ eventLoop }) => seconds(eventLoop.meanLagMs),
  ),
  node.gauge(
    'locum_event_loop_lag_max_seconds',
    'How late timers ran, at most within the last five to ten minutes.',
    ({ eventLoop }) => seconds(eventLoop.maxLagMs),
  ),
  node.counter(
    'locum_config_reloads_total',
    'Reloads of the configuration, refused ones too.',
    ({ reload }) => reload?.count ?? 0,
  ),
  node.gauge(
    'locum_config_last_reload_success',
    '0 where the last reload of the configuration was refused.',
    ({ reload }) => reload?.ok ?? null,
  ),
  node.counter('locum_dropped_total', 'What was dropped at a limit.', ({ drops }) => each('limit', drops)),
];

const scheduling = metricsOf<SchedulingStatus>();
const SCHEDULING = [
  scheduling.gauge(
    'locum_scheduling_info',
    'How the kernel schedules the thread that sends; always 1.',
    ({ policy, priority, nice }) => [[{ policy, priority: String(priority), niceness: String(nice) }, 1]],
  ),
  scheduling.gauge(
    'locum_scheduling_as_configured',
    '0 where the kernel did not grant what is configured.',
    ({ problem }) => problem === null,
  ),
];

const DRAIN = oneOf('state', ['none', 'draining', 'drained']);

const drain = metricsOf<DrainStatus>();
const DRAINS = [
  drain.gauge('locum_drain_state', '1 for the state of the drain, 0 for the others.', ({ state }) =>
    DRAIN(state),
  ),
];

const HEALTH = oneOf('health', ['unknown', 'up', 'down']);

const tracker = metricsOf<TrackerStatus>();
const TRACKERS = [
  tracker.gauge(
    'locum_tracker_health',
    '1 for the health of what is tracked, 0 for the others.',
    ({ health }) => HEALTH(health),
  ),
  tracker.gauge(
    'locum_tracker_health_age_seconds',
    'Time since the health changed, or since the daemon began.',
    ({ since }) => seconds(since.agoMs),
  ),
  tracker.gauge(
    'locum_tracker_weight',
    'As configured; 0 means fault, not a change of priority.',
    ({ weight }) => weight,
  ),
  tracker.gauge(
    'locum_tracker_last_check_success',
    'How the last check ended.',
    ({ last }) => last?.ok ?? null,
  ),
  tracker.gauge('locum_tracker_last_check_age_seconds', 'Time since the last check.', ({ last }) =>
    ageOf(last),
  ),
  tracker.gauge(
    'locum_tracker_recent_changes',
    'How often the health changed within the last minute; counted up to 100.',
    ({ changesLastMinute }) => changesLastMinute,
  ),
];

const hook = metricsOf<HookStatus>();
const HOOKS = [
  hook.counter('locum_hook_runs_total', 'States that it was told.', ({ runs }) => runs),
  hook.counter('locum_hook_failures_total', 'Runs that failed.', ({ failures }) => failures),
  hook.counter(
    'locum_hook_dropped_total',
    'States that it was never told, because too many waited.',
    ({ dropped }) => dropped,
  ),
  hook.gauge('locum_hook_waiting', 'States that wait for the run under way.', h => h.waiting),
  hook.gauge(
    'locum_hook_running_seconds',
    'How long the run under way takes already; 0 while there is none.',
    ({ running }) => (running === null ? 0 : seconds(running.since.agoMs)),
  ),
];

const docker = metricsOf<DockerStatus>();
const DOCKER = [
  docker.gauge(
    'locum_docker_connected',
    '1 while the event stream is open and lists are answered.',
    ({ connected }) => connected,
  ),
  docker.gauge('locum_docker_containers', 'Running containers in the last list.', d => d.containers),
];

const operations =
  (read: (operation: OperationStatus | null) => Value) =>
  ({ lastRender, lastReload, lastVerify }: UpstreamsStatus): Reading => [
    [{ operation: 'render' }, read(lastRender)],
    [{ operation: 'reload' }, read(lastReload)],
    [{ operation: 'verify' }, read(lastVerify)],
  ];

const upstreams = metricsOf<UpstreamsStatus>();
const UPSTREAMS = [
  upstreams.counter('locum_upstreams_renders_total', 'Times rendered.', ({ renders }) => renders),
  upstreams.counter(
    'locum_upstreams_reloads_total',
    'Times that nginx was told to reload.',
    ({ reloads }) => reloads,
  ),
  upstreams.counter(
    'locum_upstreams_failures_total',
    'Files that could not be written, and reloads that were rolled back.',
    ({ failures }) => failures,
  ),
  upstreams.gauge(
    'locum_upstreams_last_operation_success',
    'How it ended the last time.',
    operations(operation => operation?.ok ?? null),
  ),
  upstreams.gauge(
    'locum_upstreams_last_operation_age_seconds',
    'Time since the last time.',
    operations(ageOf),
  ),
  upstreams.gauge(
    'locum_upstreams_last_operation_duration_seconds',
    'How long it took the last time.',
    operations(operation => (operation?.tookMs === undefined ? null : seconds(operation.tookMs))),
  ),
  upstreams.gauge(
    'locum_upstreams_left_out',
    'Labelled containers that are not in the file.',
    ({ leftOut }) => leftOut.length,
  ),
  upstreams.gauge(
    'locum_upstreams_warnings',
    'What is wrong with labels and leaves nothing out.',
    ({ warnings }) => warnings.length,
  ),
];

const upstream = metricsOf<UpstreamStatus>();
const UPSTREAM = [
  upstream.gauge('locum_upstream_servers', 'Servers in the rendered upstream.', ({ servers }) => [
    [{ role: 'primary' }, servers.filter(({ backup }) => !backup).length],
    [{ role: 'backup' }, servers.filter(({ backup }) => backup).length],
  ]),
];

function ageOf(operation: OperationStatus | null): number | null {
  return operation === null ? null : seconds(operation.when.agoMs);
}

export function nodeFamilies(status: Status): Family[] {
  const one = (): typeof UNLABELLED => UNLABELLED;
  return [
    ...familiesOf(PROCESS, [status], one),
    ...familiesOf(SCHEDULING, [status.scheduling], one),
    ...familiesOf(DRAINS, [status.drain], one),
    ...familiesOf(TRACKERS, status.trackers, ({ name, type }) => ({ tracker: name, type })),
    ...familiesOf(HOOKS, status.hooks, ({ name, type }) => ({ hook: name, type })),
    ...familiesOf(DOCKER, [status.docker], one),
    ...familiesOf(UPSTREAMS, [status.upstreams], one),
    ...familiesOf(UPSTREAM, status.upstreams?.upstreams ?? [], ({ name }) => ({ upstream: name })),
  ];
}
