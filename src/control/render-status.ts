/** A status snapshot as text for a terminal, at most about 100 columns. Pure; the snapshot's text is foreign and made harmless. */

import { aligned, harmless, type Row } from '../lib/terminal.ts';
import type {
  ContributionStatus,
  DrainStatus,
  HookStatus,
  Moment,
  OperationStatus,
  PeerStatus,
  PeerWarning,
  RefusedStatus,
  RouterStatus,
  SchedulingStatus,
  Status,
  SyncGroupStatus,
  TrackerStatus,
  UpstreamsStatus,
  VipStatus,
  VmacStatus,
} from './status.ts';

/** Several lines, the last without a line break. */
export function renderStatus(status: Status): string {
  const head = `Locum ${status.version} on ${status.node}, up ${span(status.uptimeMs)} (pid ${status.pid})`;
  const blocks = [
    [head, ...renderDrain(status.drain)],
    ...status.routers.map(renderRouter),
    renderTrackers(status.trackers),
    renderHooks(status.hooks),
    renderSurroundings(status),
  ];
  return blocks
    .filter(lines => lines.length > 0)
    .map(lines => lines.map(harmless).join('\n'))
    .join('\n\n');
}

function renderDrain({ state, since, detail }: DrainStatus): string[] {
  if (state === 'none') return [];
  const duration = since === null ? '' : ` for ${span(Math.max(0, since.agoMs))}`;
  const end = state === 'drained' ? '; "locum undrain" ends it' : '';
  return [`${state.toUpperCase()}${duration}: ${detail}${end}`];
}

function renderRouter(router: RouterStatus): string[] {
  const title = `${router.name}: ${router.state.toUpperCase()} for ${span(router.since.agoMs)} on ${router.interface}`;
  const rows: Row[] = [
    ['reason', router.reason],
    ['priority', priorityText(router)],
    ...router.contributions.map((contribution): Row => ['', contributionText(contribution)]),
    ['master', masterText(router)],
    ...(router.syncGroup === null ? [] : [['group', groupText(router.syncGroup)]]),
    ...(router.vmac === null ? [] : [['vmac', vmacText(router.vmac)]]),
    ...labelled(
      'address',
      router.vips.map(vip => vipText(vip, router.leaseSeconds)),
    ),
    ...labelled('peer', router.peers.flatMap(peerLines), 'none heard'),
    ...labelled('refused', refusedLines(router)),
    ['adverts', advertsText(router)],
    ['discarded', countsText(router.counters.discards)],
    ['next', nextText(router)],
    ...labelled(
      'history',
      router.transitions.map(({ from, to, when, reason }) => `${ago(when)}  ${from} → ${to}: ${reason}`),
    ),
  ];
  return [`${title}, VRID ${router.vrid}, VRRPv${router.version}`, ...aligned(rows)];
}

function masterText({ masterAddress, state }: RouterStatus): string {
  if (masterAddress === null) return 'none is heard';
  return state === 'master' ? `${masterAddress} (this node)` : masterAddress;
}

function groupText({ name, ready }: SyncGroupStatus): string {
  return ready ? `${name}: would be master, waits for the others` : `${name}: moves together with the others`;
}

function priorityText({ basePriority, effectivePriority, contributions }: RouterStatus): string {
  if (contributions.some(({ fault }) => fault)) return `${basePriority} by configuration, none in fault`;
  return effectivePriority === basePriority
    ? `${basePriority}`
    : `${effectivePriority} (${basePriority} by configuration)`;
}

function contributionText(contribution: ContributionStatus): string {
  const { tracker, health, weight, reverse, delta, fault, detail } = contribution;
  const effect = fault ? 'fault' : delta === 0 ? '±0' : delta > 0 ? `+${delta}` : `−${-delta}`;
  const rule =
    weight === 0 ? `fault when ${reverse ? 'up' : 'down'}` : `weight ${weight}${reverse ? ', reversed' : ''}`;
  return `${effect} from ${tracker}, ${health} (${rule})${detail === '' ? '' : `: ${detail}`}`;
}

function vmacText({ interface: name, mac, present, up }: VmacStatus): string {
  const where = present ? (up ? 'up: leads here' : 'down: leads elsewhere') : 'not there';
  return `${mac} on ${name}, ${where}`;
}

function vipText(vip: VipStatus, leaseSeconds: number | null): string {
  const text = heldText(vip, leaseSeconds);
  return vip.advertised ? text : `${text} (not advertised)`;
}

function heldText(vip: VipStatus, leaseSeconds: number | null): string {
  if (!vip.present) return `${vip.address} not on this node`;
  const lease = leaseSeconds === null ? '' : ` of ${leaseSeconds} s`;
  return vip.validLifetimeSeconds === null
    ? `${vip.address} held, without end`
    : `${vip.address} held, lease ends in ${vip.validLifetimeSeconds} s${lease} unless renewed`;
}

function peerText(peer: PeerStatus): string {
  const every = span(peer.advertIntervalMs);
  const proof = peer.authentication === 'none' ? '' : `, ${peer.authentication}`;
  return `${peer.address} priority ${peer.priority}, VRRPv${peer.version} every ${every}, ${peer.checksum}${proof}, heard ${ago(peer.lastSeen)}`;
}

function peerLines(peer: PeerStatus): string[] {
  return [peerText(peer), ...peer.warnings.map(warningText)];
}

/** Who speaks with our VRID and is not believed. */
function refusedLines({ refused, refusedOfOthers }: RouterStatus): string[] {
  const more = refused.length === 0 ? 'packets' : 'packets of others';
  return [
    ...refused.flatMap(sender => [refusedText(sender), ...sender.warnings.map(warningText)]),
    ...(refusedOfOthers === 0 ? [] : [`${refusedOfOthers} ${more}`]),
  ];
}

function refusedText({ address, priority, version, advertIntervalMs, lastSeen }: RefusedStatus): string {
  const who = address ?? 'packets without a source';
  const says =
    priority === null
      ? ''
      : ` says priority ${priority}, VRRPv${version} every ${span(advertIntervalMs ?? 0)}`;
  return `${who}${says}, heard ${ago(lastSeen)}`;
}

function warningText({ text, dropped, count }: PeerWarning): string {
  return `  ! ${text}${dropped ? ` (${times(count, 'packet')} dropped)` : ''}`;
}

function advertsText({ counters }: RouterStatus): string {
  const { advertsSent, advertsReceived, priorityZeroSent, priorityZeroReceived } = counters;
  return `${advertsSent} sent (${priorityZeroSent} of priority 0), ${advertsReceived} received (${priorityZeroReceived} of priority 0)`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? 'nothing' : some.map(([reason, count]) => `${count} ${reason}`).join(', ');
}

function nextText({ nextDeadline }: RouterStatus): string {
  if (nextDeadline === null) return 'waits for an event';
  return `${nextDeadline.reason} in ${span(Math.max(0, nextDeadline.inMs))}`;
}

function renderTrackers(trackers: readonly TrackerStatus[]): string[] {
  if (trackers.length === 0) return ['Trackers: none'];
  const rows = trackers.flatMap((tracker): Row[] => {
    const { name, type, health, since, last } = tracker;
    const detail = last === null ? 'not checked yet' : `${last.detail}, checked ${ago(last.when)}`;
    const row = [name, type, `${health} for ${span(since.agoMs)}`, detail];
    return [row, ...remarksOn(tracker).map((remark): Row => ['', '', '', remark])];
  });
  return ['Trackers', ...aligned(rows)];
}

/** One fault and its end are two changes. */
const FLAPPING_CHANGES = 3;

/** What its present does not tell: that it flaps, and why it failed last. */
function remarksOn({ last, history, changesLastMinute }: TrackerStatus): string[] {
  const failure = last?.ok === true ? history.find(({ ok }) => !ok) : undefined;
  const flaps = changesLastMinute >= FLAPPING_CHANGES;
  return [
    ...(flaps ? [`flaps: changed ${times(changesLastMinute, 'time')} in the last minute`] : []),
    ...(failure === undefined ? [] : [`failed ${ago(failure.when)}: ${failure.detail}`]),
  ];
}

function renderHooks(hooks: readonly HookStatus[]): string[] {
  if (hooks.length === 0) return [];
  const rows = hooks.flatMap(({ name, type, running, waiting, runs, failures, dropped, last }): Row[] => {
    const doing = running === null ? 'rests' : `tells ${running.what} for ${span(running.since.agoMs)}`;
    const queue = waiting === 0 ? '' : `, ${waiting} more to tell`;
    const counts = `${times(runs, 'run')}, ${failures} failed, ${dropped} dropped`;
    return [
      [name, type, `${doing}${queue}; ${counts}`],
      ['', '', operationText(last)],
    ];
  });
  return ['Hooks', ...aligned(rows)];
}

function renderSurroundings(status: Status): string[] {
  const { docker, upstreams, eventLoop, scheduling, drops } = status;
  const dropped = countsText(drops);
  return [
    docker === null
      ? 'Docker: not used'
      : docker.connected
        ? `Docker: connected, ${times(docker.containers, 'container')}`
        : `Docker: not connected: ${docker.lastError ?? 'trying'}`,
    ...(upstreams === null ? ['Upstreams: not rendered'] : renderUpstreams(upstreams)),
    `Event loop: late by ${milliseconds(eventLoop.meanLagMs)} on average, ${milliseconds(eventLoop.maxLagMs)} at most, within the last minutes`,
    ...(scheduling === null ? [] : [`Scheduling: ${schedulingText(scheduling)}`]),
    ...(dropped === 'nothing' ? [] : [`Dropped at a limit: ${dropped}`]),
  ];
}

function schedulingText({ policy, priority, nice, problem }: SchedulingStatus): string {
  const how = priority === 0 ? `niceness ${nice}` : `priority ${priority}`;
  return `${policy}, ${how}${problem === null ? '' : ` (${problem})`}`;
}

function renderUpstreams(upstreams: UpstreamsStatus): string[] {
  const rows: Row[] = upstreams.upstreams.flatMap(({ name, servers }) =>
    labelled(
      name,
      servers.map(({ address, weight, backup, origin }) => {
        const parameters = `${weight === 1 ? '' : ` weight ${weight}`}${backup ? ' backup' : ''}`;
        return `${address}${parameters} (${origin})`;
      }),
      'no server: answers 502',
    ),
  );
  const work: Row[] = [
    ['rendered', operationText(upstreams.lastRender, upstreams.renders)],
    ['reloaded', operationText(upstreams.lastReload, upstreams.reloads)],
    ['verified', operationText(upstreams.lastVerify)],
  ];
  const leftOut = upstreams.leftOut.map(
    ({ container, reason }): Row => ['left out', `${container}: ${reason}`],
  );
  const failures = upstreams.failures === 0 ? '' : `, ${times(upstreams.failures, 'failure')} so far`;
  return [`Upstreams in ${upstreams.file}${failures}`, ...aligned([...rows, ...leftOut, ...work])];
}

function operationText(operation: OperationStatus | null, count?: number): string {
  if (operation === null) return 'never';
  const soFar = count === undefined ? '' : `, ${times(count, 'time')}`;
  return `${operation.ok ? 'ok' : 'FAILED'} ${ago(operation.when)}${soFar}: ${operation.detail}`;
}

/** One row a text, the label beside the first. */
function labelled(label: string, texts: readonly string[], none?: string): Row[] {
  const shown = texts.length === 0 && none !== undefined ? [none] : texts;
  return shown.map((text, i) => [i === 0 ? label : '', text]);
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** Two units at most: `3h 12m`, `4.2s`, `850ms`. */
function span(ms: number): string {
  for (const [i, [unit, size]] of UNITS.entries()) {
    if (ms < size) continue;
    const [smaller, smallerSize] = UNITS[i + 1] ?? ['s', 1_000];
    const rest = Math.floor((ms % size) / smallerSize);
    return rest === 0
      ? `${Math.floor(ms / size)}${unit}`
      : `${Math.floor(ms / size)}${unit} ${rest}${smaller}`;
  }
  return ms < 1_000 ? milliseconds(ms, 0).replace(' ', '') : `${trimmed(ms / 1_000, 1)}s`;
}

const times = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
const ago = (when: Moment): string => `${span(Math.max(0, when.agoMs))} ago`;
const milliseconds = (ms: number, digits = 1): string => `${trimmed(ms, digits)} ms`;
const trimmed = (value: number, digits: number): string => String(Number(value.toFixed(digits)));
