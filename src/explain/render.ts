/** An explanation as text for a terminal of 100 columns. Pure. */

import { formatDuration } from '../lib/time.ts';
import { compareTimes } from './comparison.ts';
import type { Explanation } from './explain.ts';
import type { Finding } from './findings.ts';
import type { NodeModel } from './model.ts';
import { COLUMNS, failuresText, joinAlike, type Line, linesText } from './row-lines.ts';
import type { Span } from './span.ts';
import type { Standing } from './standing.ts';
import { FULL_TABLE_TRACKERS, type Row } from './table.ts';
import { type Column, tableText, timeText, wrap } from './text.ts';
import { whyRecovery, whyRow } from './why.ts';

/** Several lines, the last without a line break. `withLocum`: what the nodes would do if Locum ran on each of them. */
export function renderExplanation(explanation: Explanation, withLocum?: Explanation): string {
  const blocks = [
    renderNodes(explanation),
    renderVerdicts(explanation),
    renderFailures(explanation),
    renderRecoveries(explanation),
    ...(withLocum === undefined ? [] : [renderComparison(explanation, withLocum)]),
  ];
  return blocks
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')
    .replace(/[^\P{Cc}\n]/gu, '?');
}

/** Beside the other columns, of which the first may have 12 and the sixth 10 characters. */
const FROM_WIDTH = 25;

function renderNodes({ nodes, rows }: Explanation): string[] {
  const columns: Column[] = [
    { title: 'node' },
    { title: 'priority', align: 'right' },
    { title: 'all well', align: 'right' },
    { title: 'VRRP' },
    { title: 'interval' },
    { title: 'preempt' },
    { title: 'timing' },
    { title: 'lease' },
    { title: 'from', width: FROM_WIDTH },
  ];
  const well = rows[0]?.standings ?? [];
  return tableText(
    columns,
    nodes.map(node => [
      node.name,
      `${node.priority}`,
      `${well.find(standing => standing.node === node)?.priority ?? ''}`,
      `${node.version}`,
      formatDuration(node.interval),
      preemptText(node),
      node.program === 'locum' ? node.timing : node.program,
      node.leaseSeconds === undefined ? 'none' : `${node.leaseSeconds} s`,
      node.from.split(' ').map(shortened).join(' '),
    ]),
  );
}

function preemptText({ preempt, preemptDelay }: NodeModel): string {
  if (!preempt) return 'no';
  return preemptDelay === 0 ? 'yes' : `after ${formatDuration(preemptDelay)}`;
}

/** The end of a long path or name tells more than its beginning. */
function shortened(word: string): string {
  return word.length <= FROM_WIDTH ? word : `…${word.slice(1 - FROM_WIDTH)}`;
}

function renderVerdicts({ verdicts, findings }: Explanation): string[] {
  const works = verdicts.filter(({ decides }) => decides !== 'never').map(({ text }) => ['works', text]);
  const word: Readonly<Record<Finding['severity'], string>> = { warning: 'WARNING', note: 'note' };
  const found = findings.map(({ severity, text }) => [word[severity], text]);
  return [...found, ...works].flatMap(([label = '', text = '']) =>
    wrap(`${text}.`, COLUMNS - 9).map((line, i) => `${(i === 0 ? label : '').padEnd(7)}  ${line}`),
  );
}

const TIMES: readonly Column[] = [
  { title: 'typical', align: 'right' },
  { title: 'worst', align: 'right' },
];

function renderFailures({ nodes, rows, usualMaster, folded, cut }: Explanation): string[] {
  const columns: Column[] = [
    ...nodes.map(({ name }): Column => ({ title: name, align: 'right' })),
    { title: 'master' },
    ...TIMES,
  ];
  const lines = rows.map(
    (row): Line => ({
      failures: row.failures,
      cells: [
        ...row.standings.map(standingText),
        row.election.master?.name ?? 'NOBODY',
        ...timesText(row.handOver),
      ],
      reason: whyRow(row, usualMaster),
    }),
  );
  return [
    `When something fails, ${usualMaster.name} being master (times from the failure itself to the new master)`,
    ...linesText('fails', columns, folded === 0 ? lines : joinAlike(lines)),
    ...foldedText(folded, cut),
  ];
}

function foldedText(folded: number, cut: number): string[] {
  if (folded === 0) return [];
  const count = Number.isSafeInteger(folded) ? `${folded}` : folded.toPrecision(3);
  const more = cut === 0 ? '' : `, ${cut} of them pairs that also matter`;
  const text = `${count} more combinations are folded${more}: with more than ${FULL_TABLE_TRACKERS} trackers only single failures are shown, and pairs that do what neither failure alone tells.`;
  return wrap(text, COLUMNS - 2).map(line => `  ${line}`);
}

function renderRecoveries({ rows, usualMaster, folded }: Explanation): string[] {
  const lines = rows.flatMap((row): Line[] => {
    const { recovery, failures } = row;
    if (recovery === undefined || failures.length !== 1) return [];
    const cells = [recovery.election.master?.name ?? 'NOBODY', ...timesText(recovery.time)];
    return [{ failures, cells, reason: whyRecovery(recovery, row, usualMaster) }];
  });
  if (lines.length === 0) return [];
  return [
    'When it works again (times from the recovery itself)',
    ...linesText('recovers', [{ title: 'master' }, ...TIMES], folded === 0 ? lines : joinAlike(lines)),
  ];
}

function renderComparison(explanation: Explanation, withLocum: Explanation): string[] {
  const columns: Column[] = [
    { title: 'fails' },
    { title: 'master' },
    ...TIMES,
    { title: 'with Locum', align: 'right' },
    { title: 'worst', align: 'right' },
  ];
  const compared = compareTimes(explanation, withLocum);
  if (compared.length === 0) return [];
  const told = compared.some(({ row, other }) => isTold(other) && !isTold(row));
  return [
    `The same with Locum on every node${told ? ', told by the kernel instead of checking' : ''}`,
    ...tableText(
      columns,
      compared.map(({ row, other }) => [
        failuresText(row.failures, COLUMNS),
        other.election.master?.name ?? 'NOBODY',
        ...timesText(row.handOver),
        ...timesText(other.handOver),
      ]),
    ),
  ];
}

/** No check is needed to see it. */
function isTold({ failures }: Row): boolean {
  return failures.some(({ tracker }) => tracker?.notice.failure !== undefined);
}

function standingText({ priority, absent }: Standing): string {
  return absent ?? `${priority}`;
}

function timesText(span: Span | undefined): string[] {
  return span === undefined ? ['-', '-'] : [timeText(span.typical), timeText(span.worst)];
}
