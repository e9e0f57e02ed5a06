/** An explanation as text for a terminal of 100 columns. Pure. */

import { formatDuration } from '../lib/time.ts';
import type { Explanation } from './explain.ts';
import type { Finding } from './findings.ts';
import type { Failure, NodeModel } from './model.ts';
import type { Span } from './span.ts';
import type { Standing } from './standing.ts';
import { FULL_TABLE_TRACKERS, type Row } from './table.ts';
import { type Column, tableText, timeText, wrap } from './text.ts';
import { whyRecovery, whyRow } from './why.ts';

const COLUMNS = 100;

/** Several lines, the last without a line break. */
export function renderExplanation(explanation: Explanation): string {
  const blocks = [
    renderNodes(explanation),
    renderVerdicts(explanation),
    renderFailures(explanation),
    renderRecoveries(explanation),
  ];
  return blocks
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')
    .replace(/[^\P{Cc}\n]/gu, '?');
}

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
      node.preempt ? 'yes' : 'no',
      node.timing,
      `${node.leaseSeconds} s`,
    ]),
  );
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
  const cells = rows.map(row => [
    ...row.standings.map(standingText),
    row.election.master?.name ?? 'NOBODY',
    ...timesText(row.handOver),
  ]);
  const reasons = rows.map(row => whyRow(row, usualMaster));
  return [
    `When something fails, ${usualMaster.name} being master (times from the failure itself to the new master)`,
    ...fitted('fails', rows, columns, cells, reasons),
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

function renderRecoveries({ rows, usualMaster }: Explanation): string[] {
  const recoveries = rows.flatMap(row =>
    row.recovery === undefined || row.failures.length !== 1 ? [] : [{ row, recovery: row.recovery }],
  );
  if (recoveries.length === 0) return [];
  const cells = recoveries.map(({ recovery }) => [
    recovery.election.master?.name ?? 'NOBODY',
    ...timesText(recovery.time),
  ]);
  const reasons = recoveries.map(({ row, recovery }) => whyRecovery(recovery, row, usualMaster));
  const shown = recoveries.map(({ row }) => row);
  return [
    'When it works again (times from the recovery itself)',
    ...fitted('recovers', shown, [{ title: 'master' }, ...TIMES], cells, reasons),
  ];
}

const NARROWEST = 12;
const NARROWEST_REASON = 24;

/** A table of rows: what fails, the cells between, and the reasons. The first and the last column share what the others leave. */
function fitted(
  title: string,
  rows: readonly Row[],
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  reasons: readonly string[],
): string[] {
  const between = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map(row => row[i]?.length ?? 0)),
  );
  const room = COLUMNS - 2 - between.reduce((sum, width) => sum + width + 2, 2);
  const longest = Math.max(...rows.map(({ failures }) => failuresText(failures, room).length));
  const first = Math.max(NARROWEST, Math.min(longest, room - NARROWEST_REASON));
  const last = Math.max(NARROWEST_REASON, room - first);
  return tableText(
    [{ title, width: first }, ...columns, { title: 'why', width: last }],
    rows.map((row, i) => [failuresText(row.failures, first), ...(cells[i] ?? []), reasons[i] ?? '']),
  );
}

/** `node1: nginx, backend; node2 silent`; each node on a line of its own where that is too wide. */
function failuresText(failures: readonly Failure[], width: number): string {
  const nodes = [...new Set(failures.map(({ node }) => node))];
  const texts = nodes.map(node => failuresOf(node, failures));
  const text = texts.join('; ') || 'nothing';
  return text.length <= width ? text : texts.join('\n');
}

function failuresOf(node: NodeModel, failures: readonly Failure[]): string {
  const own = failures.filter(failure => failure.node === node);
  if (own.some(({ tracker }) => tracker === undefined)) return `${node.name} silent`;
  return `${node.name}: ${own.map(({ tracker }) => tracker?.name).join(', ')}`;
}

function standingText({ priority, absent }: Standing): string {
  return absent ?? `${priority}`;
}

function timesText(span: Span | undefined): string[] {
  return span === undefined ? ['-', '-'] : [timeText(span.typical), timeText(span.worst)];
}
