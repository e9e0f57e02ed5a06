/**
 * What clients notice of `locum drain` followed by the end of nginx (SIGQUIT, as `docker stop` sends it), under load: two Locum nodes of
 * equal priority in namespaces, drained in turn, so that the address moves with each run and comes back by itself never.
 *
 *     npm run bench -- drain [--runs 20] [--json]
 */

import { parseArgs } from 'node:util';
import { Lan } from '../support/lan.ts';
import { Load, type Notable, type Totals } from '../support/load.ts';
import { signalProcess } from '../support/namespace.ts';
import { LocumNode, masterIs, soleMaster, VIP } from '../support/node.ts';
import { NAMESPACES, provide, whyNoNamespaces } from '../support/packages.ts';
import { waitFor } from '../support/wait.ts';

const PER_SECOND = 500;
/** Longer than any answer takes without a drain, shorter than the second after which a SYN is sent again. */
const LONG_MS = 200;
const SETTLE_MS = 10_000;

export interface DrainRun {
  readonly drained: string;
  /** The command, from its start to its end. */
  readonly tookMs: number;
  readonly failed: number;
  readonly retried: number;
  readonly waited: number;
  readonly longestMs: number;
}

export interface DrainResult {
  readonly perSecond: number;
  readonly longMs: number;
  readonly runs: readonly DrainRun[];
  readonly totals: Totals;
  readonly waited: number;
  /** Of those that waited. */
  readonly medianWaitMs: number;
  readonly longestWaitMs: number;
  readonly errors: Readonly<Record<string, number>>;
}

/** Drains `runs` times under load. Throws when a drain does not succeed. */
export async function measureDrain(
  runs: number,
  onRun: (run: DrainRun) => void = () => {},
): Promise<DrainResult> {
  const lan = await Lan.create();
  try {
    const nodes = await startPair(lan);
    const client = await lan.host('client', '198.18.51.50/24');
    const load = await Load.start(client, { address: VIP, perSecond: PER_SECOND, longMs: LONG_MS });
    const done: DrainRun[] = [];
    for (let run = 0; run < runs; run += 1) {
      const before = load.notables.length;
      const { drained, tookMs } = await drainOnce(nodes);
      done.push({ drained, tookMs, ...summaryOf(load.notables.slice(before)) });
      onRun(done[run] as DrainRun);
    }
    return resultOf(done, await load.stop(), load.notables);
  } finally {
    await lan.close();
  }
}

async function startPair(lan: Lan): Promise<readonly LocumNode[]> {
  const addresses = { 'node-a': '198.18.51.11/24', 'node-b': '198.18.51.12/24' };
  const nodes = await Promise.all(
    Object.entries(addresses).map(([name, address]) =>
      LocumNode.start(lan, name, { address, priority: 100 }),
    ),
  );
  await soleMaster(nodes);
  return nodes;
}

/** Drain, end of nginx, start of nginx, undrain; afterwards the other node is master and this one could take over. */
async function drainOnce(nodes: readonly LocumNode[]): Promise<{ drained: string; tookMs: number }> {
  const from = await soleMaster(nodes);
  const to = nodes.find(node => node !== from);
  if (to === undefined) throw new Error('a pair has two nodes');
  const began = performance.now();
  const drain = await from.locum('drain');
  const tookMs = performance.now() - began;
  if (drain.code !== 0) throw new Error(`${from.name}: ${drain.stdout}${drain.stderr}`);
  signalProcess(from.nginx.pid, 'SIGQUIT');
  await waitFor(() => !from.nginx.running, { what: `${from.name}: nginx ends`, deadlineMs: SETTLE_MS });
  await masterIs(to, nodes);
  await from.nginx.start();
  const undrain = await from.locum('undrain');
  if (undrain.code !== 0) throw new Error(`${from.name}: ${undrain.stdout}${undrain.stderr}`);
  await waitFor(
    async () => {
      const { state, effectivePriority, masterAddress } = await from.router();
      return state === 'backup' && effectivePriority === 100 && masterAddress !== null;
    },
    { what: `${from.name} is a backup again`, deadlineMs: SETTLE_MS },
  );
  return { drained: from.name, tookMs: Math.round(tookMs) };
}

function summaryOf(notables: readonly Notable[]): Omit<DrainRun, 'drained' | 'tookMs'> {
  const waits = waitsOf(notables);
  return {
    failed: notables.filter(({ error }) => error !== undefined).length,
    retried: notables.filter(({ retried }) => retried).length,
    waited: waits.length,
    longestMs: waits.at(-1) ?? 0,
  };
}

/** How long those waited that were answered, the longest last. */
function waitsOf(notables: readonly Notable[]): number[] {
  return notables
    .filter(({ error, tookMs }) => error === undefined && tookMs > LONG_MS)
    .map(({ tookMs }) => tookMs)
    .sort((a, b) => a - b);
}

function resultOf(runs: readonly DrainRun[], totals: Totals, notables: readonly Notable[]): DrainResult {
  const waits = waitsOf(notables);
  const errors: Record<string, number> = {};
  for (const { kind, error } of notables)
    if (error !== undefined) errors[`${kind}: ${error}`] = (errors[`${kind}: ${error}`] ?? 0) + 1;
  return {
    perSecond: PER_SECOND,
    longMs: LONG_MS,
    runs,
    totals,
    waited: waits.length,
    medianWaitMs: waits[Math.floor(waits.length / 2)] ?? 0,
    longestWaitMs: waits.at(-1) ?? 0,
    errors,
  };
}

export async function benchDrain(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
  });
  const say = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const obstacle = whyNoNamespaces() ?? provide(NAMESPACES, say);
  if (obstacle !== undefined) throw new Error(`the bench cannot run here: ${obstacle}`);
  say(
    `locum drain and the end of nginx under ${PER_SECOND} requests a second, half of them on kept connections:`,
  );
  say('  drained   took ms  failed  retried  waited  longest ms');
  const result = await measureDrain(Number(values.runs), run => say(rowOf(run)));
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  const { totals, waited, medianWaitMs, longestWaitMs, errors } = result;
  say(
    `${totals.requests} requests: ${totals.failed} failed (bound 0), ${totals.retried} found a dead connection and were tried again; ` +
      `${waited} waited more than ${LONG_MS} ms, ${medianWaitMs} ms in the median and ${longestWaitMs} ms at most`,
  );
  for (const [error, count] of Object.entries(errors)) say(`  ${count} × ${error}`);
  return totals.failed === 0;
}

function rowOf({ drained, tookMs, failed, retried, waited, longestMs }: DrainRun): string {
  const numbers: readonly (readonly [number, number])[] = [
    [tookMs, 9],
    [failed, 8],
    [retried, 9],
    [waited, 8],
    [longestMs, 12],
  ];
  return `  ${drained.padEnd(8)}${numbers.map(([value, width]) => String(value).padStart(width)).join('')}`;
}
