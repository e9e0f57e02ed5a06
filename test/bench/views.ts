/**
 * Whether anybody who looks can hold the adverts up: a pair of Locum nodes in namespaces, first alone, then with fifty open pages and a
 * scraper on each, a hook that hangs and a webhook whose target is down, then besieged beside that by hundreds of connections that ask
 * without pause. Compares the gaps between adverts and the time that a hand-over takes, both on the wire, by the kernel's timestamps in a
 * capture.
 *
 *     npm run bench -- views [--seconds 30] [--handovers 5] [--pages 50] [--scheduling rr] [--json]
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Lan } from '../support/lan.ts';
import type { InsideProcess } from '../support/namespace.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { NAMESPACES, provide, whyNoNamespaces } from '../support/packages.ts';
import { BUILD } from '../support/paths.ts';
import { readPcap } from '../support/pcap.ts';
import { waitFor } from '../support/wait.ts';
import { type Advert, advertsIn, type Gaps, gapsOf } from './gaps.ts';

const INTERVAL_MS = 100;
/** What the worst gap, and the worst hand-over beside that without readers, may be longer. */
const SLACK_MS = INTERVAL_MS / 10;
const SCRAPE_EVERY_MS = 100;
const PORT = 9_112;
const ADDRESSES = ['198.18.51.11', '198.18.51.12'] as const;
/** Nobody has it: connections to it are neither taken nor refused. */
const NOBODY = '198.18.51.99';
const SETTLE_MS = 20_000;

interface Settings {
  readonly seconds: number;
  readonly handovers: number;
  readonly pages: number;
  /** `rr`: on a machine that is busy with something else, so that the daemons' own delays are measured. */
  readonly scheduling: string;
}

/** What readers were given. */
interface Readings {
  readonly open: number;
  readonly messages: number;
  readonly scrapes: number;
  readonly slowestScrapeMs: number;
  readonly failures: number;
}

export interface Condition {
  readonly gaps: Gaps;
  /** From the end of nginx to the first advert of the other node, ascending. */
  readonly handoversMs: readonly number[];
  /** Of the steady time; null without readers. */
  readonly readings: Readings | null;
}

const CONDITIONS = ['alone', 'watched', 'besieged'] as const;
type Name = (typeof CONDITIONS)[number];

export interface ViewsResult {
  readonly conditions: Readonly<Record<Name, Condition>>;
  readonly holds: boolean;
}

const WATCHED = {
  notify: {
    hangs: { type: 'exec', command: ['/bin/sleep', '1000'], timeout: '1h' },
    down: { type: 'webhook', url: `http://${NOBODY}:9/`, timeout: '10s' },
  },
};

export async function measureViews(
  settings: Settings,
  say: (line: string) => void = () => {},
): Promise<ViewsResult> {
  const alone = await measure(settings, 'alone', say);
  const watched = await measure(settings, 'watched', say);
  const besieged = await measure(settings, 'besieged', say);
  const worst = ({ handoversMs }: Condition): number => handoversMs.at(-1) ?? 0;
  const holds = [watched, besieged].every(
    condition =>
      condition.gaps.worstMs <= INTERVAL_MS + SLACK_MS &&
      condition.gaps.takeovers === 0 &&
      worst(condition) <= worst(alone) + SLACK_MS,
  );
  return { conditions: { alone, watched, besieged }, holds };
}

async function measure(settings: Settings, name: Name, say: (line: string) => void): Promise<Condition> {
  const isWatched = name !== 'alone';
  const lan = await Lan.create();
  try {
    const [better, other] = await startPair(lan, isWatched, settings.scheduling);
    const readers = isWatched ? await startReaders(lan, settings.pages) : undefined;
    await masterIs(better, [better, other], SETTLE_MS);
    if (name === 'besieged') await startSiege(lan);
    say(`${name}: adverts for ${settings.seconds} s`);
    const capture = await lan.capture('ip proto 112');
    const begunUs = Date.now() * 1e3;
    await waitFor(() => Date.now() * 1e3 >= begunUs + settings.seconds * 1e6, {
      what: 'the end of the steady time',
      deadlineMs: settings.seconds * 1e3 + SETTLE_MS,
      everyMs: 100,
    });
    const endedUs = Date.now() * 1e3;
    const readings = readers === undefined ? null : latest(readers);
    const killsUs: number[] = [];
    for (let at = 0; at < settings.handovers; at += 1) {
      say(`  hand-over ${at + 1}`);
      killsUs.push(await handOver(better, other));
    }
    await capture.stop();
    const adverts = advertsIn(readPcap(capture.file));
    const steady = adverts.filter(({ atUs }) => atUs >= begunUs && atUs <= endedUs);
    return { gaps: gapsOf(steady), handoversMs: timesOf(killsUs, adverts), readings };
  } finally {
    await lan.close();
  }
}

async function startPair(
  lan: Lan,
  isWatched: boolean,
  policy: string,
): Promise<readonly [LocumNode, LocumNode]> {
  const scheduling = policy === 'other' ? {} : { scheduling: { policy } };
  const start = (name: string, address: string, priority: number) =>
    LocumNode.start(lan, name, {
      address: `${address}/24`,
      priority,
      router: { 'advert-interval': `${INTERVAL_MS}ms` },
      sections: {
        ...scheduling,
        ...(isWatched && { ...WATCHED, http: { listen: `${address}:${PORT}` } }),
      },
    });
  return Promise.all([start('node-a', ADDRESSES[0], 100), start('node-b', ADDRESSES[1], 98)]);
}

async function startReaders(lan: Lan, pages: number): Promise<InsideProcess> {
  const client = await lan.host('client', '198.18.51.50/24');
  const program = join(BUILD, 'test', 'bench', 'views-load-main.js');
  const args = [program, pages, SCRAPE_EVERY_MS, PORT, ...ADDRESSES].map(String);
  const readers = await client.inside.spawn(process.execPath, args);
  await waitFor(() => readers.lines.length > 0, {
    what: 'every page is open',
    deadlineMs: SETTLE_MS,
    context: () => readers.output,
  });
  return readers;
}

/** More connections than a node takes. */
const SIEGE = 200;

async function startSiege(lan: Lan): Promise<void> {
  const besieger = await lan.host('besieger', '198.18.51.60/24');
  const program = join(BUILD, 'test', 'bench', 'views-siege-main.js');
  const siege = await besieger.inside.spawn(
    process.execPath,
    [program, SIEGE, PORT, ...ADDRESSES].map(String),
  );
  await waitFor(() => siege.lines.length > 1, {
    what: 'the siege',
    deadlineMs: SETTLE_MS,
    context: () => siege.output,
  });
}

function latest({ lines }: InsideProcess): Readings {
  return JSON.parse(lines.at(-1) ?? '{}') as Readings;
}

/** Ends nginx beside the master, and puts everything back. Returns when it ended, in µs. */
async function handOver(from: LocumNode, to: LocumNode): Promise<number> {
  const killedUs = Date.now() * 1e3;
  from.nginx.kill();
  await masterIs(to, [from, to], SETTLE_MS);
  await from.nginx.start();
  await masterIs(from, [from, to], SETTLE_MS);
  return killedUs;
}

function timesOf(killsUs: readonly number[], adverts: readonly Advert[]): number[] {
  const times = killsUs.map(killedUs => {
    const first = adverts.find(({ atUs, source }) => atUs >= killedUs && source === ADDRESSES[1]);
    if (first === undefined) throw new Error('a hand-over is not in the capture');
    return (first.atUs - killedUs) / 1e3;
  });
  return times.sort((a, b) => a - b);
}

export async function benchViews(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '30' },
      handovers: { type: 'string', default: '5' },
      pages: { type: 'string', default: '50' },
      scheduling: { type: 'string', default: 'other' },
      json: { type: 'boolean', default: false },
    },
  });
  const say = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const needs = { ...NAMESPACES, tcpdump: 'tcpdump', taskset: 'util-linux' };
  const obstacle = whyNoNamespaces() ?? provide(needs, say);
  if (obstacle !== undefined) throw new Error(`the bench cannot run here: ${obstacle}`);
  const settings = {
    seconds: Number(values.seconds),
    handovers: Number(values.handovers),
    pages: Number(values.pages),
    scheduling: values.scheduling,
  };
  const result = await measureViews(settings, say);
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  say(table(settings, result));
  return result.holds;
}

const TOO_BUSY =
  'without readers the worst gap is beyond that bound too: this machine is busy; --scheduling rr measures the daemons alone';

function table(
  { seconds, handovers, pages, scheduling }: Settings,
  { conditions, holds }: ViewsResult,
): string {
  const { alone, watched } = conditions;
  const each = (pick: (condition: Condition) => number): string =>
    CONDITIONS.map(name => pick(conditions[name]).toFixed(1).padStart(10)).join('');
  const { messages = 0, scrapes = 0, slowestScrapeMs = 0 } = watched.readings ?? {};
  return [
    `adverts every ${INTERVAL_MS} ms for ${seconds} s and ${handovers} hand-overs; watched: ${pages} open pages and a scraper every ${SCRAPE_EVERY_MS} ms on each node, a hook that hangs, a webhook that nobody takes; besieged: ${SIEGE} more connections to each that ask without pause; scheduling ${scheduling}`,
    '  in ms                       alone   watched  besieged',
    `  gap, median            ${each(({ gaps }) => gaps.medianMs)}`,
    `  gap, 99 %              ${each(({ gaps }) => gaps.p99Ms)}`,
    `  gap, worst             ${each(({ gaps }) => gaps.worstMs)}  (bound ${INTERVAL_MS + SLACK_MS})`,
    `  hand-over, median      ${each(({ handoversMs }) => handoversMs[Math.floor(handoversMs.length / 2)] ?? 0)}`,
    `  hand-over, worst       ${each(({ handoversMs }) => handoversMs.at(-1) ?? 0)}  (bound: alone and ${SLACK_MS} more)`,
    `  the readers were given ${messages} messages and ${scrapes} scrapes, the slowest in ${slowestScrapeMs} ms`,
    holds ? 'holds' : 'DOES NOT HOLD',
    ...(alone.gaps.worstMs <= INTERVAL_MS + SLACK_MS ? [] : [TOO_BUSY]),
  ].join('\n');
}
