/**
 * How evenly a master advertises: a pair of Locum nodes in namespaces at the shortest interval while nginx reloads, and on demand while
 * real containers start and stop on the master's host. Gaps are measured on the wire, by the kernel's timestamps in a capture.
 *
 *     npm run bench -- adverts [--minutes 10] [--interval 10ms] [--reload-every 1s] [--containers N]
 *         [--at-once 2] [--scheduling rr] [--watch-machine] [--json]
 */

import { parseArgs } from 'node:util';
import { type Duration, inMilliseconds, parseDuration } from '../../src/lib/time.ts';
import { Engine } from '../support/engine.ts';
import { Lan } from '../support/lan.ts';
import { signalProcess } from '../support/namespace.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { ENGINE, NAMESPACES, provide, whyNoNamespaces } from '../support/packages.ts';
import { readPcap } from '../support/pcap.ts';
import { waitFor } from '../support/wait.ts';
import { Churn } from './churn.ts';
import { advertsIn, type Gaps, gapsOf } from './gaps.ts';
import { type Stall, StallWatch } from './stalls.ts';

/** What the worst gap may be longer than the interval. */
const SLACK_MS = 10;
/** With containers starting and stopping, which is only bounded where the scheduling option is on. */
const BUSY_SLACK_MS = 20;

interface Settings {
  readonly minutes: number;
  readonly interval: Duration;
  readonly reloadEvery: Duration;
  readonly containers: number;
  /** Containers that are being stopped and started at a time. */
  readonly atOnce: number;
  readonly scheduling: string;
  /** Whether to say for how much of each gap the machine itself stood still; what watches that makes gaps of its own. */
  readonly watchMachine: boolean;
}

export interface AdvertsResult extends Gaps {
  readonly minutes: number;
  readonly intervalMs: number;
  readonly scheduling: string;
  readonly reloads: number;
  readonly containers: { readonly count: number; readonly starts: number; readonly stops: number } | null;
  /** For how long a processor of the machine itself stood still at most; null where nobody watched. */
  readonly worstStallMs: number | null;
  /** Null where nothing is promised. */
  readonly boundMs: number | null;
  readonly holds: boolean;
}

export async function measureAdverts(
  settings: Settings,
  say: (line: string) => void = () => {},
): Promise<AdvertsResult> {
  const lan = await Lan.create();
  const closers = [() => lan.close()];
  try {
    const { nodes, churn } = await prepare(lan, settings, closers, say);
    const [master] = nodes;
    if (master === undefined) throw new Error('a pair has two nodes');
    await masterIs(master, nodes, 30_000);
    say(`measuring for ${settings.minutes} min`);
    const capture = await lan.capture('ip proto 112');
    const watch = settings.watchMachine ? new StallWatch() : undefined;
    closers.push(async () => watch?.stop());
    churn?.begin();
    const reloads = await reloadFor(master, settings);
    await capture.stop();
    await watch?.stop();
    await churn?.end();
    const gaps = gapsOf(advertsIn(readPcap(capture.file)), watch?.stalls);
    return judged(settings, gaps, { reloads, churn, stalls: watch?.stalls });
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** Both nodes, and the containers on the host of the first. */
async function prepare(
  lan: Lan,
  { interval, containers, atOnce, scheduling }: Settings,
  closers: (() => Promise<void>)[],
  say: (line: string) => void,
): Promise<{ readonly nodes: readonly LocumNode[]; readonly churn: Churn | undefined }> {
  const options = {
    router: { 'advert-interval': `${inMilliseconds(interval)}ms` },
    sections: scheduling === 'other' ? {} : { scheduling: { policy: scheduling } },
  };
  const better = await LocumNode.create(lan, 'node-a', {
    ...options,
    address: '198.18.51.11/24',
    priority: 100,
  });
  let churn: Churn | undefined;
  if (containers > 0) {
    say(`starting ${containers} containers`);
    const engine = await Engine.start(better.host.inside);
    closers.push(() => engine.close());
    churn = await Churn.prepare(engine, containers, atOnce);
    const docker = { enabled: true, host: `unix://${engine.socket}` };
    await better.configure({ ...options, priority: 100, sections: { ...options.sections, docker } });
  }
  await better.nginx.start();
  await better.startDaemon();
  const other = await LocumNode.start(lan, 'node-b', {
    ...options,
    address: '198.18.51.12/24',
    priority: 98,
  });
  return { nodes: [better, other], churn };
}

/** Reloads nginx on that node at each period until the time is over; says how often. */
async function reloadFor(node: LocumNode, { minutes, reloadEvery }: Settings): Promise<number> {
  let reloads = 0;
  const timer = setInterval(() => {
    signalProcess(node.nginx.pid, 'SIGHUP');
    reloads += 1;
  }, inMilliseconds(reloadEvery));
  try {
    const end = performance.now() + minutes * 60_000;
    await waitFor(() => performance.now() >= end || !node.daemon.running, {
      what: 'the end of the measurement',
      deadlineMs: minutes * 60_000 + 10_000,
      everyMs: 250,
    });
    if (!node.daemon.running) throw new Error(`${node.name}: the daemon ended:\n${node.daemon.output}`);
    return reloads;
  } finally {
    clearInterval(timer);
  }
}

interface Circumstances {
  readonly reloads: number;
  readonly churn: Churn | undefined;
  readonly stalls: readonly Stall[] | undefined;
}

function judged(settings: Settings, gaps: Gaps, { reloads, churn, stalls }: Circumstances): AdvertsResult {
  const { minutes, interval, containers, scheduling } = settings;
  const intervalMs = inMilliseconds(interval);
  const slack = containers === 0 ? SLACK_MS : scheduling === 'rr' ? BUSY_SLACK_MS : undefined;
  const boundMs = slack === undefined ? null : intervalMs + slack;
  return {
    minutes,
    intervalMs,
    scheduling,
    reloads,
    containers: churn === undefined ? null : { count: containers, starts: churn.starts, stops: churn.stops },
    ...gaps,
    worstStallMs:
      stalls === undefined ? null : Math.max(0, ...stalls.map(({ beginMs, endMs }) => endMs - beginMs)),
    boundMs,
    holds: boundMs === null || (gaps.takeovers === 0 && gaps.worstMs <= boundMs),
  };
}

export async function benchAdverts(args: readonly string[]): Promise<boolean> {
  const { settings, json } = readArguments(args);
  const say = (line: string): void => {
    if (!json) process.stdout.write(`${line}\n`);
  };
  const needs = {
    ...NAMESPACES,
    ...(settings.containers > 0 ? ENGINE : {}),
    tcpdump: 'tcpdump',
    taskset: 'util-linux',
  };
  const obstacle = whyNoNamespaces() ?? provide(needs, say);
  if (obstacle !== undefined) throw new Error(`the bench cannot run here: ${obstacle}`);
  const result = await measureAdverts(settings, say);
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  say(table(result));
  return result.holds;
}

function readArguments(args: readonly string[]): { readonly settings: Settings; readonly json: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      interval: { type: 'string', default: '10ms' },
      'reload-every': { type: 'string', default: '1s' },
      containers: { type: 'string', default: '0' },
      'at-once': { type: 'string', default: '2' },
      scheduling: { type: 'string', default: 'other' },
      'watch-machine': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const settings = {
    minutes: amount('--minutes', values.minutes, 0.05),
    interval: duration('--interval', values.interval),
    reloadEvery: duration('--reload-every', values['reload-every']),
    containers: amount('--containers', values.containers, 0),
    atOnce: amount('--at-once', values['at-once'], 1),
    scheduling: values.scheduling,
    watchMachine: values['watch-machine'],
  };
  return { settings, json: values.json };
}

function duration(option: string, text: string): Duration {
  const value = parseDuration(text);
  if (value === undefined || value <= 0) throw new Error(`${option} ${text}: must be a time, such as 10ms`);
  return value;
}

function amount(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!(value >= least)) throw new Error(`${option} ${text}: must be a number, at least ${least}`);
  return value;
}

const ms = (value: number): string => value.toFixed(2).padStart(8);

function machineLines({ worstStallMs, worstOwnMs }: AdvertsResult): string[] {
  if (worstStallMs === null) return [];
  return [
    `  the machine itself: a bare real-time thread waited for its processor ${ms(worstStallMs).trim()} at most;`,
    `  without such times the worst gap is ${ms(worstOwnMs).trim()}; below, for how much of each it stood still`,
  ];
}

function table(result: AdvertsResult): string {
  const { containers, boundMs } = result;
  const bound = boundMs === null ? 'no bound without the scheduling option' : `bound ${boundMs}`;
  const beside =
    containers === null
      ? ''
      : `, ${containers.count} containers (${containers.starts} starts, ${containers.stops} stops)`;
  return [
    `adverts every ${result.intervalMs} ms for ${result.minutes} min, ${result.reloads} reloads of nginx${beside}, scheduling ${result.scheduling}`,
    `  adverts   ${String(result.adverts).padStart(8)}`,
    `  takeovers ${String(result.takeovers).padStart(8)}  (bound 0)`,
    '  gaps in ms',
    `    mean    ${ms(result.meanMs)}`,
    `    median  ${ms(result.medianMs)}`,
    `    99 %    ${ms(result.p99Ms)}`,
    `    99.9 %  ${ms(result.p999Ms)}`,
    `    worst   ${ms(result.worstMs)}  (${bound})`,
    ...machineLines(result),
    '  the worst',
    ...result.worst.map(({ atS, ms: gap, stalledMs }) => {
      const stood = result.worstStallMs === null ? '' : `, machine ${stalledMs.toFixed(1)}`;
      return `    ${ms(gap)}  at ${atS.toFixed(1).padStart(6)} s${stood}`;
    }),
    result.holds ? 'holds' : 'DOES NOT HOLD',
  ].join('\n');
}
