/**
 * From the text of keepalived.conf to its lines: comments gone, `include` followed, `@id` conditions decided, `$NAME` definitions and
 * their substitution done (keepalived.conf(5), "Advanced configuration"). Which files a pattern names is the caller's. Everything is
 * bounded: no file makes this throw, loop or fill the memory.
 */

import type { Result } from '../lib/result.ts';
import { type Position, type Report, shown } from './remarks.ts';
import { parseRepetition } from './sequences.ts';
import { withoutComment } from './words.ts';

export interface SourceFile {
  /** A path; relative ones of `include` count from its folder. */
  readonly name: string;
  readonly text: string;
}

/** What the reading cannot know by itself. */
export interface Surroundings {
  /** The files that an `include` names, in order; or why there are none. */
  readonly include: (pattern: string, from: string) => Result<readonly SourceFile[], string>;
  /** keepalived's `-i`, else the first part of the host's name; undefined: not known, so no `@id` line holds. */
  readonly configId: string | undefined;
}

export interface Line {
  readonly text: string;
  readonly at: Position;
}

const MOST_LINES = 100_000;
const LONGEST_LINE = 65_536;
const DEEPEST_INCLUDE = 16;
const MOST_FILES = 1_000;
const DEEPEST_SUBSTITUTION = 32;
const MOST_SUBSTITUTIONS = 1_000;
/** Of all repetitions together. */
const MOST_ROUNDS = 20_000;
/** Characters looked at in all substitutions together. */
const MOST_WORK = 20_000_000;

const INCLUDE = /^include[rmwba]?\s+(\S.*)$/s;
const CONDITION = /^@(\^?)(\S+)\s*(.*)$/s;
const DEFINITION = /^\$([A-Za-z_]\w*)=(.*)$/s;
const CONTINUED = /^(?:@\S+\s+)?\$[A-Za-z_]\w*=.*\\$/s;
/** Several lines, a condition, a repetition, a definition. */
const SPECIAL = /\n|^[@~]|^\$\w+=/;
/** A name in braces, or one that white space or the end follows. */
const REFERENCE = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)(?=\s|$))/g;

export function linesOf(file: SourceFile, surroundings: Surroundings, report: Report): Line[] {
  const expander = new Expander(surroundings, report);
  expander.file(file, 0);
  return expander.lines;
}

class Expander {
  readonly lines: Line[] = [];
  readonly #surroundings: Surroundings;
  readonly #report: Report;
  readonly #definitions = new Map<string, string>();
  /** Past a limit: what follows is not read. */
  #stopped = false;
  #conditionTold = false;
  #files = 0;
  #work = 0;
  #rounds = 0;

  constructor(surroundings: Surroundings, report: Report) {
    this.#surroundings = surroundings;
    this.#report = report;
  }

  file(source: SourceFile, depth: number): void {
    this.#files++;
    for (const line of logicalLines(source)) {
      if (this.#stopped) return;
      this.#logical(line, depth);
    }
  }

  #logical({ text, at }: Line, depth: number): void {
    const pattern = INCLUDE.exec(text)?.[1];
    if (pattern === undefined) this.#line(text, at, 0);
    else this.#include(pattern, at, depth + 1);
  }

  #include(pattern: string, at: Position, depth: number): void {
    if (depth > DEEPEST_INCLUDE) {
      this.#stop(`includes files more than ${DEEPEST_INCLUDE} deep; does one include itself?`, at);
      return;
    }
    const found = this.#surroundings.include(pattern, at.file);
    if (!found.ok) this.#mistake(`names ${shown(pattern)}, of which nothing was read: ${found.error}`, at);
    for (const file of found.ok ? found.value : []) {
      if (this.#files >= MOST_FILES) this.#stop(`includes more than ${MOST_FILES} files`, at);
      if (this.#stopped) return;
      this.file(file, depth);
    }
  }

  /** A line before substitution; it may become several, or none. */
  #line(line: string, at: Position, depth: number): void {
    if (!this.#mayGoOn(line, at, depth)) return;
    const text = line.trim();
    const condition = CONDITION.exec(text);
    if (condition !== null) {
      const [, not, id, rest = ''] = condition;
      if (this.#holds(id ?? '', at) !== (not === '^')) this.#line(rest, at, depth + 1);
      return;
    }
    const [, name, value = ''] = DEFINITION.exec(text) ?? [];
    if (name !== undefined) this.#definitions.set(name, value.trim());
    else if (text.startsWith('~SEQ') || text.startsWith('~LST')) this.#repeat(text, at, depth);
    else this.#substitute(text, at, depth);
  }

  #mayGoOn(text: string, at: Position, depth: number): boolean {
    if (this.#stopped) return false;
    this.#work += text.length + 1;
    if (depth > DEEPEST_SUBSTITUTION) this.#stop('refers to itself, by way of definitions', at);
    else if (this.lines.length >= MOST_LINES) this.#stop(`makes more than ${MOST_LINES} lines`, at);
    else if (text.length > LONGEST_LINE) this.#stop(`becomes longer than ${LONGEST_LINE} characters`, at);
    else if (this.#work > MOST_WORK) this.#stop('takes too long to substitute', at);
    return !this.#stopped;
  }

  #holds(id: string, at: Position): boolean {
    const { configId } = this.#surroundings;
    if (configId === undefined && !this.#conditionTold) {
      this.#conditionTold = true;
      this.#mistake(
        `holds only where keepalived's config-id is or is not ${shown(id)}, which is not known here: taken as some other id`,
        at,
        'explain a file without conditions',
      );
    }
    return id === configId;
  }

  #repeat(text: string, at: Position, depth: number): void {
    const repetition = parseRepetition(text);
    if (repetition === undefined) {
      this.#mistake('is no sequence or list that can be read', at, 'write ~SEQ(NAME, first, last) …');
      return;
    }
    for (const definitions of repetition.rounds) {
      if (this.#stopped) return;
      if (++this.#rounds > MOST_ROUNDS)
        this.#stop(`is repeated, with others, more than ${MOST_ROUNDS} times`, at);
      for (const [name, value] of definitions) this.#definitions.set(name, value);
      this.#line(repetition.rest, at, depth + 1);
    }
  }

  /** Replaces one reference after the other; a value of several lines, or one that begins a special line, is read like the file. */
  #substitute(line: string, at: Position, depth: number): void {
    let text = line;
    for (let count = 0; count < MOST_SUBSTITUTIONS; count++) {
      if (SPECIAL.test(text)) {
        for (const part of text.split('\n')) if (part.trim() !== '') this.#line(part, at, depth + 1);
        return;
      }
      const next = this.#replaceOnce(text, at);
      if (next === undefined) {
        this.#emit(text, at);
        return;
      }
      text = next;
      this.#work += text.length;
      if (text.length > LONGEST_LINE || this.#work > MOST_WORK) break;
    }
    this.#stop('grows without end as its definitions are put in', at);
  }

  #replaceOnce(text: string, at: Position): string | undefined {
    for (const match of text.matchAll(REFERENCE)) {
      const [reference, inBraces, bare] = match;
      const value = this.#valueOf(inBraces ?? bare ?? '', at);
      if (value === undefined) continue;
      return text.slice(0, match.index) + value + text.slice(match.index + reference.length);
    }
    return undefined;
  }

  #valueOf(name: string, { file }: Position): string | undefined {
    const defined = this.#definitions.get(name);
    if (defined !== undefined) return defined;
    switch (name) {
      case '_PWD':
        return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) || '/' : '.';
      case '_INSTANCE':
        return this.#surroundings.configId;
      case '_HASH':
        return '#';
      case '_BANG':
        return '!';
      default:
        return undefined;
    }
  }

  #emit(text: string, at: Position): void {
    if (text.trim() !== '') this.lines.push({ text, at });
  }

  #mistake(what: string, at: Position, fix = 'correct the line, or leave it out'): void {
    this.#report.add({ severity: 'mistake', setting: 'file', what, fix, at });
  }

  #stop(what: string, at: Position): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const fix = 'shorten it; what follows was not read';
    this.#report.add({ severity: 'refused', setting: 'file', what, fix, at });
  }
}

/** Without comments and empty lines; a definition that goes on over several lines is one. */
function* logicalLines({ name, text }: SourceFile): Generator<Line> {
  let begun: Line | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = withoutComment(raw).trim();
    if (line === '') continue;
    const at = begun?.at ?? { file: name, line: index + 1 };
    const joined = begun === undefined ? line : `${begun.text}\n${line}`;
    const goesOn = line.endsWith('\\') && (begun !== undefined || CONTINUED.test(line));
    begun = goesOn ? { text: joined.slice(0, -1), at } : undefined;
    if (!goesOn) yield { text: joined, at };
  }
  if (begun !== undefined) yield begun;
}
