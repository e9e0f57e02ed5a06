/** The figures as people read them: one line a contender, so that the two stand one above the other. */

import type { Verdict } from './bounds.ts';
import type { Cell, Run } from './cell.ts';
import { CHECK_INTERVAL_S, type Contender, PRIORITY } from './contender.ts';
import { FAULTS } from './faults.ts';
import type { Load } from './load.ts';
import { median, worst } from './statistics.ts';

type Titles = readonly Pick<Contender, 'name' | 'title'>[];

/** What a reader must know to judge the figures. */
export const CONDITIONS: readonly string[] = [
  `VRRP version 3, both nodes at priority ${PRIORITY}, nginx watched every ${CHECK_INTERVAL_S} s with a weight (keepalived: killall -0 nginx; its scripts`,
  'run once a second at most, whatever the advertisement interval). Median / worst, in ms from the moment of the fault; both are',
  'struck at the same phases of their advertisements and checks. A client asks the virtual address, one new connection a millisecond.',
];

/** Columns as wide as their widest text; the first few to the left, figures to the right. */
export function aligned(rows: readonly (readonly string[])[], leftColumns = 1): string[] {
  const columns = Math.max(0, ...rows.map(row => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map(row => row[column]?.length ?? 0)),
  );
  const pad = (text: string, column: number): string =>
    column < leftColumns ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map(row => row.map(pad).join('   ').trimEnd());
}

export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return 'never';
  return ms.toFixed(ms < 100 ? 1 : 0);
}

export function formatInterval(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}

/** Median and worst of one figure. */
export function summary(
  runs: readonly Run[],
  value: (run: Run) => number,
  format: (value: number) => string = formatMs,
): string {
  const values = runs.map(value);
  return `${format(median(values))} / ${format(worst(values))}`;
}

/** Faults in their order, from long intervals to short ones. */
export function faultTable(cells: readonly Cell[], titles: Titles): string[] {
  const faults = FAULTS.map(({ name }) => name);
  const contenders = titles.map(({ name }) => name);
  const rows = [...cells]
    .sort(
      (a, b) =>
        faults.indexOf(a.fault) - faults.indexOf(b.fault) ||
        b.intervalMs - a.intervalMs ||
        contenders.indexOf(a.contender) - contenders.indexOf(b.contender),
    )
    .map(({ fault, intervalMs, contender, runs }, index) => [
      // The line below another of the same fault and interval leaves them out.
      ...(index % titles.length === 0 ? [faultTitle(fault), formatInterval(intervalMs)] : ['', '']),
      titles.find(({ name }) => name === contender)?.title ?? contender,
      summary(runs, ({ answerMs }) => answerMs),
      summary(runs, ({ advertMs }) => advertMs),
      summary(
        runs,
        ({ lost }) => lost,
        count => count.toFixed(0),
      ),
      releaseOf(runs),
    ]);
  const head = ['fault', 'adverts', '', 'first answer', 'first advert', 'requests lost', 'old address gone'];
  return aligned([head, ...rows], 3);
}

/** How long the address of a frozen node stayed with it. */
function releaseOf(runs: readonly Run[]): string {
  const values = runs.map(({ releasedMs }) => releasedMs).filter(value => value !== undefined);
  if (values.length === 0) return '';
  if (values.every(value => !Number.isFinite(value))) return 'stays';
  return `${formatMs(median(values))} / ${formatMs(worst(values))}`;
}

export function loadTable(loads: readonly Load[], titles: Titles): string[] {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  const rows = loads.map((load, index) => [
    index % titles.length === 0 ? String(load.routers) : '',
    titles.find(({ name }) => name === load.contender)?.title ?? load.contender,
    load.cpuPercent.toFixed(1),
    load.residentMib.toFixed(0),
    load.packetsPerSecond.toFixed(0),
    seconds(load.allHeldMs),
    seconds(load.stoppedMs),
  ]);
  const head = [
    'virtual routers',
    '',
    'CPU, %',
    'memory, MiB',
    'packets/s',
    'all held after, s',
    'stopped after, s',
  ];
  return aligned([head, ...rows], 2);
}

export function verdictTable(verdicts: readonly Verdict[]): string[] {
  return aligned(
    verdicts.map(({ what, measuredMs, boundMs, holds }) => [
      what,
      formatMs(measuredMs),
      `bound ${formatMs(boundMs)}`,
      holds ? 'holds' : 'DOES NOT HOLD',
    ]),
  );
}

function faultTitle(fault: string): string {
  return FAULTS.find(({ name }) => name === fault)?.title ?? fault;
}
