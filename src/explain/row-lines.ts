/** Rows as lines of a table for a terminal: what fails, cells, and the reason; lines that say the same of several trackers joined. */

import type { Failure, NodeModel } from './model.ts';
import { type Column, tableText, wrap } from './text.ts';

export const COLUMNS = 100;

export interface Line {
  readonly failures: readonly Failure[];
  /** Instead of the failures; undefined: they are named. */
  readonly label?: string;
  readonly cells: readonly string[];
  readonly reason: string;
}

const NARROWEST = 12;
const NARROWEST_REASON = 20;

/** The whole table; `columns` are those of the cells. The first and the last column share what the others leave. */
export function linesText(title: string, columns: readonly Column[], lines: readonly Line[]): string[] {
  const between = columns.map((column, i) =>
    Math.max(column.title.length, ...lines.map(({ cells }) => cells[i]?.length ?? 0)),
  );
  const room = COLUMNS - 2 - between.reduce((sum, width) => sum + width + 2, 2);
  const last = widthOfReasons(lines, room);
  const first = room - last;
  return tableText(
    [{ title, width: first }, ...columns, { title: 'why', width: last }],
    lines.map(line => [labelOf(line, first), ...line.cells, line.reason]),
  );
}

/** With which the table is shortest; of several the narrowest. */
function widthOfReasons(lines: readonly Line[], room: number): number {
  let best = { width: NARROWEST_REASON, height: heightOf(lines, room, NARROWEST_REASON) };
  for (let width = NARROWEST_REASON + 1; width <= room - NARROWEST; width++) {
    const height = heightOf(lines, room, width);
    if (height < best.height) best = { width, height };
  }
  return best.width;
}

function heightOf(lines: readonly Line[], room: number, last: number): number {
  const first = room - last;
  return lines.reduce(
    (sum, line) => sum + Math.max(wrap(labelOf(line, first), first).length, wrap(line.reason, last).length),
    0,
  );
}

/**
 * Joins lines that differ only by which trackers of one node fail, where every choice of as many of these trackers is among them:
 * `node1: two of a, b, c`.
 */
export function joinAlike(lines: readonly Line[]): Line[] {
  const groups = new Map<string, Line[]>();
  for (const [index, line] of lines.entries()) {
    const key = likeness(line) ?? `${index}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return [...groups.values()].flatMap(joined);
}

/** What lines must have in common; undefined for one that has no like. */
function likeness({ failures, cells, reason }: Line): string | undefined {
  const [first] = failures;
  if (
    first === undefined ||
    failures.some(({ node, tracker }) => node !== first.node || tracker === undefined)
  )
    return undefined;
  return JSON.stringify([first.node.name, failures.length, cells, reason]);
}

function joined(group: readonly Line[]): readonly Line[] {
  const [first] = group;
  const names = [
    ...new Set(group.flatMap(({ failures }) => failures.map(({ tracker }) => tracker?.name ?? ''))),
  ];
  const size = first?.failures.length ?? 0;
  if (first === undefined || group.length === 1 || group.length !== choices(names.length, size)) return group;
  const count = size === 1 ? 'one' : size === 2 ? 'two' : `${size}`;
  return [{ ...first, label: `${first.failures[0]?.node.name}: ${count} of ${names.join(', ')}` }];
}

/** In how many ways so many can be taken of these. */
function choices(of: number, taken: number): number {
  return taken === 0 ? 1 : (choices(of - 1, taken - 1) * of) / taken;
}

function labelOf({ failures, label }: Line, width: number): string {
  return label ?? failuresText(failures, width);
}

/** `node1: nginx, backend; node2 silent`; each node on a line of its own where that is too wide. */
export function failuresText(failures: readonly Failure[], width: number): string {
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
