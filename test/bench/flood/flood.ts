/**
 * Locum and keepalived under floods of bad packets: how late the master's advertisements are, whether the backup takes over from a master
 * that lives, and how soon from one that dies meanwhile. Everything is in namespaces that the bench made, and bounded.
 *
 *     npm run bench -- flood [--kind NAME]... [--rate N]... [--interval 1s] [--only locum|keepalived] [--quick] [--json]
 */

import { parseArgs } from 'node:util';
import { inMilliseconds, parseDuration } from '../../../src/lib/time.ts';
import { FLOOD_KINDS, type FloodKind } from '../../support/flood-frames.ts';
import { COMPARISON, provide, whyNoNamespaces } from '../../support/packages.ts';
import { aligned, formatInterval, formatMs } from '../compare/table.ts';
import { type CellPlan, type FloodCell, measureCell } from './cell.ts';
import { CONTENDERS } from './nodes.ts';

const EVERY_KIND = Object.keys(FLOOD_KINDS) as FloodKind[];
const RATES = [3, 1_000, 100_000] as const;
const WATCH_SECONDS = 10;
const QUICK_SECONDS = 4;
/** What a flood may add to an interval: a tenth, but 5 ms at least. */
const slackMs = (intervalMs: number): number => Math.max(intervalMs / 10, 5);

const say = (...lines: string[]): void => {
  for (const line of lines) process.stdout.write(`${line}\n`);
};

/** True when every bound holds that was measured; keepalived is held to none. */
export async function benchFlood(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kind: { type: 'string', multiple: true },
      rate: { type: 'string', multiple: true },
      interval: { type: 'string', default: '1s' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const obstacle = whyNoNamespaces() ?? provide(COMPARISON, line => say(line));
  if (obstacle !== undefined) throw new Error(`the bench cannot run here: ${obstacle}`);
  const kinds = values.kind?.map(kindNamed) ?? EVERY_KIND;
  const interval = parseDuration(values.interval);
  if (interval === undefined) throw new Error(`--interval ${values.interval}: such as 1s or 100ms`);
  const intervalMs = inMilliseconds(interval);
  const plans = CONTENDERS.filter(({ name }) => values.only === undefined || name === values.only).flatMap(
    contender => {
      const common = { contender, intervalMs, watchSeconds: values.quick ? QUICK_SECONDS : WATCH_SECONDS };
      const rates = values.rate?.map(Number) ?? RATES;
      return [
        { ...common, kind: undefined, rate: 0 },
        ...kinds
          .filter(kind => contender.speaks(FLOOD_KINDS[kind], intervalMs))
          .flatMap(kind => rates.map(rate => ({ ...common, kind, rate }))),
      ];
    },
  );
  const cells: FloodCell[] = [];
  for (const plan of plans) {
    cells.push(await measureCell(plan));
    if (!values.json) say(line(cells.at(-1), plan));
  }
  say('', ...(values.json ? [JSON.stringify(cells, undefined, 2)] : table(cells)));
  return cells.filter(({ contender }) => contender === 'locum').every(cell => faultsOf(cell).length === 0);
}

function kindNamed(name: string): FloodKind {
  const kind = EVERY_KIND.find(known => known === name);
  if (kind === undefined) throw new Error(`--kind ${name}: there are ${EVERY_KIND.join(', ')}`);
  return kind;
}

/** What does not hold of the bounds. */
export function faultsOf(cell: FloodCell): string[] {
  const { worstGapMs, intervalMs, takeovers, takeoverMs } = cell;
  // Both priorities are near 100, so the skew time is below two thirds of an interval; the timers' own millisecond beside.
  const downMs = (3 + 166 / 256) * intervalMs + slackMs(intervalMs);
  return [
    ...(worstGapMs > intervalMs + slackMs(intervalMs) ? ['adverts late'] : []),
    ...(takeovers > 0 ? ['false takeover'] : []),
    ...(takeoverMs > downMs ? ['takeover late'] : []),
  ];
}

function line(cell: FloodCell | undefined, { contender, kind, rate }: CellPlan): string {
  const what = `${contender.title.padEnd(10)} ${kind ?? 'no flood'} ${rate}/s`;
  if (cell === undefined) return what;
  return `${what}: gap ${formatMs(cell.worstGapMs)} ms, ${cell.takeovers} false takeovers, takeover after ${formatMs(cell.takeoverMs)} ms`;
}

/** A sender who did not reach three quarters of its rate proves little. */
const REACHED = 0.75;

function remarksOn(cell: FloodCell): string {
  const verdict = cell.contender === 'locum' ? [faultsOf(cell).join(', ') || 'holds'] : [];
  return [...verdict, ...(cell.sentPerSecond < REACHED * cell.rate ? ['rate not reached'] : [])].join('; ');
}

/** One line a contender, so that the two stand one above the other. */
export function table(cells: readonly FloodCell[]): string[] {
  const order = [...new Set(cells.map(({ kind, rate }) => `${kind} ${rate}`))];
  const rows = order.flatMap(key =>
    cells
      .filter(({ kind, rate }) => `${kind} ${rate}` === key)
      .map((cell, at) => [
        at === 0 ? cell.kind : '',
        at === 0 ? String(cell.rate) : '',
        CONTENDERS.find(({ name }) => name === cell.contender)?.title ?? cell.contender,
        cell.sentPerSecond.toFixed(0),
        String(cell.adverts),
        formatMs(cell.worstGapMs),
        String(cell.takeovers),
        formatMs(cell.takeoverMs),
        cell.masterCpuPercent.toFixed(0),
        cell.backupCpuPercent.toFixed(0),
        cell.dropped === undefined ? '–' : `${cell.dropped.judged} + ${cell.dropped.unread}`,
        remarksOn(cell),
      ]),
  );
  const interval = formatInterval(cells[0]?.intervalMs ?? 0);
  const head = [
    ...['bad packets', 'a second', '', 'sent/s', 'adverts', 'worst gap, ms', 'false takeovers'],
    ...['takeover, ms', 'CPU master, %', 'CPU backup, %', 'dropped: judged + unread', ''],
  ];
  return [
    `Adverts every ${interval}; takeover: from the master's death in the flood.`,
    '',
    ...aligned([head, ...rows], 3),
  ];
}
