/**
 * The matrix as a picture: a row for each variant of the protocol, a block of columns for each keepalived and each role, in it a mark for
 * each check. What failed is told below. Pure.
 */

import { KEEPALIVED_VERSIONS } from '../support/keepalived-program.ts';
import { type Cell, DESTINATIONS, PROTOCOLS, ROLES, RULES, titleOf, VMACS } from './cells.ts';
import { CHECKS, type Check, type Outcome, type Verdict } from './checks.ts';

export type Played = readonly [cell: Cell, outcome: Outcome];

const WELL = '✔';
const FAILED = '✖';
const NOT_REACHED = '–';
const NOT_PLAYED = '·';

const GAP = '   ';
const BLOCK_WIDTH = 2 * CHECKS.length - 1;
/** Lines of a failure that are shown; the test that failed shows all. */
const FAILURE_LINES = 3;

interface Block {
  readonly keepalived: Cell['keepalived'];
  readonly role: Cell['role'];
}

const BLOCKS: readonly Block[] = KEEPALIVED_VERSIONS.flatMap(keepalived =>
  ROLES.map(role => ({ keepalived, role })),
);

/** The lines. `possible` are all the cells there are; those played are some or all of them. */
export function draw(played: readonly Played[], possible: readonly Cell[]): string[] {
  const outcomes = new Map(played.map(([cell, outcome]) => [titleOf(cell), outcome]));
  const marks = (cell: Cell | undefined): string => {
    if (cell === undefined) return ' '.repeat(BLOCK_WIDTH);
    const outcome = outcomes.get(titleOf(cell));
    return CHECKS.map(check => (outcome === undefined ? NOT_PLAYED : markOf(outcome[check]))).join(' ');
  };
  const variants = groupedBy(possible, variantOf);
  const rows = [...variants]
    .filter(([, cells]) => cells.some(cell => outcomes.has(titleOf(cell))))
    .map(([variant, cells]) => [
      variant,
      ...BLOCKS.map(({ keepalived, role }) =>
        marks(cells.find(cell => cell.keepalived === keepalived && cell.role === role)),
      ),
    ]);
  const width = rows[0]?.[0]?.length ?? 0;
  return [
    ...legend(),
    ...[...header(), ...rows].map(([first = '', ...blocks]) =>
      [first.padEnd(width), ...blocks].join(GAP).trimEnd(),
    ),
    '',
    ...figures(played),
    ...peculiarities(played),
    ...(played.length === possible.length ? RULES.map(({ why }) => `no cell: ${why}`) : []),
    ...possible.flatMap(cell => failures(cell, outcomes.get(titleOf(cell)) ?? {})),
  ];
}

/** What the cells of a row share, in columns. */
function variantOf({ protocol, family, destination, vmac }: Cell): string {
  const columns = [fit(protocol, PROTOCOLS), family, fit(destination, DESTINATIONS), fit(vmac, VMACS)];
  return columns.join('  ');
}

function fit(value: string, values: readonly string[]): string {
  return value.padEnd(Math.max(...values.map(({ length }) => length)));
}

function legend(): string[] {
  const checks = CHECKS.map((check, at) => `${at + 1} ${check}`).join(GAP);
  const signs = {
    [WELL]: 'well',
    [FAILED]: 'FAILED',
    [NOT_REACHED]: 'not reached',
    [NOT_PLAYED]: 'not chosen',
  };
  return [
    checks,
    Object.entries(signs)
      .map(([mark, meaning]) => `${mark} ${meaning}`)
      .join(GAP),
    '',
  ];
}

function header(): string[][] {
  const numbers = CHECKS.map((_, at) => String(at + 1)).join(' ');
  const block = (text: string): string => text.padEnd(BLOCK_WIDTH);
  return [
    ['Locum is', ...BLOCKS.map(({ role }) => block(role))],
    ['beside keepalived', ...BLOCKS.map(({ keepalived }) => block(keepalived))],
    ['', ...BLOCKS.map(() => numbers)],
  ];
}

function markOf(verdict: Verdict | undefined): string {
  if (verdict === undefined) return NOT_REACHED;
  return verdict.failure === undefined ? WELL : FAILED;
}

/** The shortest and the longest time without a master. */
function figures(played: readonly Played[]): string[] {
  return (['handed over', 'took over'] satisfies Check[]).flatMap(check => {
    const seconds = played.flatMap(([, outcome]) => outcome[check]?.seconds ?? []);
    if (seconds.length === 0) return [];
    return [`${check} after ${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)} s`];
  });
}

/** What was seen and is known, with the number of cells in which it was. */
function peculiarities(played: readonly Played[]): string[] {
  const seen = played.flatMap(([, outcome]) => Object.values(outcome).flatMap(({ known = [] }) => known));
  return [...groupedBy(seen, why => why)].map(([why, cells]) => `known, in ${cells.length}: ${why}`);
}

function failures(cell: Cell, outcome: Outcome): string[] {
  return CHECKS.flatMap(check => {
    const failure = outcome[check]?.failure;
    if (failure === undefined) return [];
    const [first = '', ...rest] = failure.split('\n').slice(0, FAILURE_LINES);
    return [`${FAILED} ${titleOf(cell)}: ${check}: ${first}`, ...rest.map(line => `    ${line}`)];
  });
}

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
