/** One cell of the flood's table: a pair, a kind of bad packets and a rate; the master is watched, then killed, while the flood goes on. */

import { setTimeout as pause } from 'node:timers/promises';
import { familyOf, processorMs } from '../../support/family.ts';
import { Flood } from '../../support/flood.ts';
import { FLOOD_KINDS, type FloodKind } from '../../support/flood-frames.ts';
import { BRIDGE, Lan, macOf } from '../../support/lan.ts';
import { monotonicUs } from '../../support/observer.ts';
import { waitFor } from '../../support/wait.ts';
import { type Advert, parseAdvert } from '../compare/wire.ts';
import { type Contender, type Dropped, type FloodedNode, kill } from './nodes.ts';

export interface CellPlan {
  readonly contender: Contender;
  /** Undefined: nobody floods. */
  readonly kind: FloodKind | undefined;
  /** Bad packets a second. */
  readonly rate: number;
  readonly intervalMs: number;
  readonly watchSeconds: number;
}

export interface FloodCell {
  readonly contender: Contender['name'];
  readonly kind: FloodKind | 'none';
  readonly rate: number;
  /** What the sender reached. */
  readonly sentPerSecond: number;
  readonly intervalMs: number;
  /** Between two advertisements of the master on the wire, from the flood's begin to the master's end. */
  readonly worstGapMs: number;
  readonly adverts: number;
  /** How often the backup took over although the master lived. */
  readonly takeovers: number;
  /** From the master's death to the first advertisement of the backup; Infinity: never. */
  readonly takeoverMs: number;
  /** Of one processor. */
  readonly masterCpuPercent: number;
  readonly backupCpuPercent: number;
  /** By the backup until the master's end; undefined: it does not tell. */
  readonly dropped: Dropped | undefined;
}

const MASTER = '198.18.51.11';
const BACKUP = '198.18.51.12';
const NEIGHBOUR = '198.18.51.66/24';
const SETTLE_DEADLINE_MS = 30_000;
/** The flood must reach its rate before anything is measured. */
const FLOOD_BEGINS_MS = 500;
/** A takeover later than so many intervals is no takeover. */
const MISSED_INTERVALS = 12;

export async function measureCell(plan: CellPlan): Promise<FloodCell> {
  const lan = await Lan.create();
  try {
    const { contender, kind, intervalMs } = plan;
    const authentication = kind === undefined ? 'none' : FLOOD_KINDS[kind];
    const common = { intervalMs, authentication };
    const master = await contender.start(lan, { ...common, name: 'node-a', address: MASTER, priority: 100 });
    const adverts = await listen(lan, master);
    await heard(adverts, MASTER, 3);
    const backup = await contender.start(lan, { ...common, name: 'node-b', address: BACKUP, priority: 90 });
    await listen(lan, backup, adverts);
    await heard(adverts, MASTER, 4);
    return await measureFlood(plan, lan, adverts, { master, backup });
  } finally {
    await lan.close();
  }
}

async function measureFlood(
  plan: CellPlan,
  lan: Lan,
  adverts: readonly Advert[],
  { master, backup }: Record<'master' | 'backup', FloodedNode>,
): Promise<FloodCell> {
  const { contender, kind, rate, intervalMs, watchSeconds } = plan;
  const giveUpMs = MISSED_INTERVALS * intervalMs + 1_000;
  const seconds = Math.ceil((FLOOD_BEGINS_MS + giveUpMs) / 1_000) + watchSeconds + 2;
  const neighbour = await lan.host('neighbour', NEIGHBOUR);
  const flood =
    kind === undefined ? undefined : await Flood.start(neighbour, { kind, rate, seconds, master: MASTER });
  await pause(FLOOD_BEGINS_MS);
  const watched = adverts.length;
  const cpu = [master, backup].map(({ daemon }) => cpuMeter(daemon.pid));
  await pause(watchSeconds * 1_000);
  const percents = cpu.map(meter => meter());
  const dropped = await backup.dropped();
  const seen = adverts.slice(watched);
  const killedUs = monotonicUs();
  const killedAt = adverts.length;
  kill(master);
  const takeover = await waitFor(() => adverts.slice(killedAt).find(({ source }) => source === BACKUP), {
    what: 'the backup takes over',
    deadlineMs: giveUpMs,
    everyMs: 2,
  }).catch(() => undefined);
  const sent = await flood?.stop();
  return {
    contender: contender.name,
    kind: kind ?? 'none',
    rate,
    sentPerSecond: sent === undefined ? 0 : sent.sent / sent.seconds,
    intervalMs,
    ...gapsOf(seen, killedUs, watchSeconds),
    takeovers: takeoversIn(seen),
    takeoverMs: takeover === undefined ? Number.POSITIVE_INFINITY : (takeover.atUs - killedUs) / 1_000,
    masterCpuPercent: percents[0] ?? Number.NaN,
    backupCpuPercent: percents[1] ?? Number.NaN,
    dropped,
  };
}

/** A master that falls silent has a gap up to the end of the watch. */
function gapsOf(
  adverts: readonly Advert[],
  endUs: number,
  watchSeconds: number,
): Pick<FloodCell, 'worstGapMs' | 'adverts'> {
  const times = adverts.filter(({ source }) => source === MASTER).map(({ atUs }) => atUs);
  const begun = endUs - watchSeconds * 1_000_000;
  const gaps = [...times, endUs].map((at, i) => at - (times[i - 1] ?? begun));
  return { worstGapMs: Math.max(...gaps) / 1_000, adverts: times.length };
}

function takeoversIn(adverts: readonly Advert[]): number {
  return adverts.filter(({ source }, i) => source === BACKUP && adverts[i - 1]?.source !== BACKUP).length;
}

async function heard(adverts: readonly Advert[], source: string, count: number): Promise<void> {
  const from = adverts.length;
  await waitFor(() => adverts.slice(from).filter(advert => advert.source === source).length >= count, {
    what: `${count} advertisements of ${source}`,
    deadlineMs: SETTLE_DEADLINE_MS,
  });
}

/** The node's own advertisements as they pass the bridge, by its Ethernet address: the kernel keeps the flood from tcpdump. */
async function listen(lan: Lan, { host }: FloodedNode, into: Advert[] = []): Promise<Advert[]> {
  const live = [
    '-l',
    '--immediate-mode',
    '--relinquish-privileges=root',
    '-n',
    '-tt',
    '--time-stamp-type=host',
  ];
  const filter = `ip and ether src ${await macOf(host)}`;
  const offsetUs = monotonicUs() - Date.now() * 1_000;
  const tcpdump = await lan.bridge.spawn('tcpdump', [...live, '-i', BRIDGE, filter], {
    onLine: line => {
      const advert = parseAdvert(line);
      if (advert !== undefined) into.push({ ...advert, atUs: advert.atUs + offsetUs });
    },
  });
  await waitFor(() => tcpdump.output.includes('listening on') || !tcpdump.running, {
    what: 'tcpdump starts',
    deadlineMs: 10_000,
  });
  if (!tcpdump.running) throw new Error(`tcpdump: ${tcpdump.output}`);
  return into;
}

/** Processor time of a daemon and its children, in percent of one processor since this call. */
function cpuMeter(pid: number): () => number {
  const pids = familyOf(pid);
  const [before, beganMs] = [processorMs(pids), performance.now()];
  return () => ((processorMs(pids) - before) / (performance.now() - beganMs)) * 100;
}
