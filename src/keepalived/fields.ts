/**
 * The grammar of a block as a table: keyword → what its words may be. One function reads any block by its table, so that every keyword
 * is understood or named in a remark with its line, and no block has a loop of its own.
 */

import { nearest } from '../lib/nearest.ts';
import { reasonFor } from './reasons.ts';
import { type Position, type Report, type Severity, shown } from './remarks.ts';
import type { Statement } from './tree.ts';

/** A statement that is being read, and where to say what is wrong with it. */
export interface Use {
  readonly statement: Statement;
  /** Its keyword with the block it stands in: `vrrp_instance VI_1 priority`. */
  readonly setting: string;
  readonly report: Report;
  /** It may be a secret that stands in the wrong place: no remark shows a word of it. */
  readonly secret?: boolean;
}

export interface Field<T> {
  readonly shape: 'words' | 'block';
  /** keepalived ends when the first word is missing. */
  readonly needsWord: boolean;
  /** More words than these are not looked at. */
  readonly mostWords: number;
  /** Undefined: nothing that can be used, which was reported. */
  read(use: Use): T | undefined;
  /** What the keyword means when it stands there again; without this the last one counts. */
  join?(earlier: T, later: T): T;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

export type Values<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never;
};

export interface Grammar<F extends Fields> {
  readonly fields: F;
  /** keepalived's other keywords in this block: acted on there, left out here. */
  readonly ignored: readonly string[];
  /** What stands in the block may be secret: no remark shows a word that is no keyword. */
  readonly secret?: true;
}

export interface BlockReading<F extends Fields> {
  readonly values: Values<F>;
  readonly lines: ReadonlyMap<string, Position>;
}

/** Reads the statements of a block; `name` is what remarks call it. */
export function readBlock<F extends Fields>(
  name: string,
  statements: readonly Statement[],
  grammar: Grammar<F>,
  report: Report,
): BlockReading<F> {
  const values: Record<string, unknown> = {};
  const lines = new Map<string, Position>();
  for (const statement of statements) {
    const { keyword } = statement;
    const field = Object.hasOwn(grammar.fields, keyword) ? grammar.fields[keyword] : undefined;
    if (field === undefined) {
      tellUnknown(name, statement, grammar, report);
      continue;
    }
    const use = { statement, setting: `${name} ${keyword}`, report, secret: grammar.secret === true };
    const value = fits(field, use) ? field.read(use) : undefined;
    if (value === undefined) continue;
    const earlier = values[keyword];
    if (earlier !== undefined && field.join === undefined && field.shape === 'words' && field.needsWord)
      mistake(use, 'is set again: the last one counts', 'keep one of them');
    values[keyword] = earlier === undefined || !field.join ? value : field.join(earlier, value);
    lines.set(keyword, statement.at);
  }
  return { values: values as Values<F>, lines };
}

function fits(field: Field<unknown>, use: Use): boolean {
  const { words, block } = use.statement;
  if (field.needsWord && words.length === 0) {
    remark(use, 'refused', 'has no value, and keepalived does not start with that', 'give it one');
    return false;
  }
  if (field.shape === 'block' && block === undefined) {
    mistake(use, 'has no block', 'put what belongs to it in braces');
    return false;
  }
  if (field.shape === 'words' && block !== undefined)
    mistake(use, 'takes no block: what stands in the braces is not looked at', 'remove them');
  if (words.length > field.mostWords)
    mistake(use, `has more than ${WORDS[field.mostWords]}: the rest of the line is not looked at`, REST_FIX);
  return true;
}

const WORDS: Readonly<Record<number, string>> = { 0: 'its keyword', 1: 'one word', 2: 'two words' };
const REST_FIX = 'give each keyword a line of its own; quote what belongs together';

function tellUnknown(
  name: string,
  { keyword, words, block, at }: Statement,
  { fields, ignored, secret }: Grammar<Fields>,
  report: Report,
): void {
  const add = (severity: Severity, setting: string, what: string, fix: string): void =>
    report.add({ severity, setting, what, fix, at });
  if (ignored.includes(keyword)) {
    const { what, fix } = reasonFor(keyword);
    add('ignored', `${name} ${keyword}`, what, fix);
    return;
  }
  const known = [...Object.keys(fields), ...ignored];
  const glued = gluedTo(keyword, known);
  if (glued !== undefined) {
    const value = secret ? '' : ` (${shown(keyword)})`;
    const rest = secret ? '…' : [keyword.slice(glued.length), ...words].join(' ');
    const what = `has no space before its value${value}, so it is no keyword and the line does nothing`;
    add('mistake', `${name} ${glued}`, what, `write ${shown(`${glued} ${rest}`).slice(1, -1)}`);
    return;
  }
  const what = secret ? 'holds a word that is no keyword' : `has no keyword ${shown(keyword)}`;
  const does = block === undefined ? 'the line does nothing' : 'its block is left out';
  add('mistake', name, `${what}: ${does}`, meantBy(keyword, known));
}

/** What to write instead of a word that is no keyword. */
export function meantBy(keyword: string, known: readonly string[]): string {
  const meant = nearest(keyword.slice(0, LONGEST_KEYWORD), known);
  return meant === undefined ? 'remove it' : `did you mean ${meant}?`;
}

const LONGEST_KEYWORD = 64;

/** `mcast_src_ip192.0.2.1`: the longest keyword that it begins with, when what follows is a value. */
function gluedTo(keyword: string, known: readonly string[]): string | undefined {
  return known
    .filter(other => keyword.startsWith(other) && /^[^a-zA-Z_]/.test(keyword.slice(other.length)))
    .sort((a, b) => b.length - a.length)[0];
}

function remark(use: Use, severity: Severity, what: string, fix: string): void {
  use.report.add({ severity, setting: use.setting, what, fix, at: use.statement.at });
}

export function mistake(use: Use, what: string, fix: string): void {
  remark(use, 'mistake', what, fix);
}

/** ` (is "high")`: a value that is none, as far as it may be shown. */
export const asWritten = ({ secret }: Use, text: string): string =>
  secret === true ? '' : ` (is ${shown(text)})`;

/** Something that is understood, and has no counterpart in the reading. */
export function leftOut(use: Use, what: string, fix = 'leave it out, or do without'): void {
  remark(use, 'ignored', what, fix);
}
