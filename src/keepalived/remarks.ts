/** What a reader of keepalived.conf has to say about it, each remark with its line. No remark holds a secret. */

/** A line of a file; lines count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
}

/**
 * - `refused`: keepalived does not start with this, or nothing can be made of the file; of a translation, that Locum does not.
 * - `mistake`: keepalived goes on, but not as the author meant; what it does instead is what was read.
 * - `ignored`: keepalived acts on it; the reading leaves it out.
 */
export type Severity = 'refused' | 'mistake' | 'ignored';

export interface Remark {
  readonly severity: Severity;
  /** What it is about: `vrrp_instance VI_1 priority`. */
  readonly setting: string;
  readonly what: string;
  /** What to do about it. */
  readonly fix: string;
  readonly at: Position;
}

/** Nobody reads more; a hostile file must not fill the memory. */
export const MOST_REMARKS = 500;

/** Where the remarks of one reading are gathered. */
export class Report {
  readonly #remarks: Remark[] = [];
  #left = 0;

  /** Names come from the file: whatever it holds, what is shown of it is one line. */
  add({ setting, what, fix, ...remark }: Remark): void {
    const told = { setting: printable(setting), what: printable(what), fix: printable(fix) };
    if (this.#remarks.length < MOST_REMARKS) this.#remarks.push({ ...remark, ...told });
    else this.#left++;
  }

  /** File after file in the order in which they were met, and line after line. */
  get remarks(): readonly Remark[] {
    const files = [...new Set(this.#remarks.map(({ at }) => at.file))];
    const place = ({ at }: Remark) => files.indexOf(at.file);
    const inOrder = this.#remarks.toSorted((a, b) => place(a) - place(b) || a.at.line - b.at.line);
    const last = inOrder.at(-1);
    if (this.#left === 0 || last === undefined) return inOrder;
    const what = `has ${this.#left} more remarks, which are not shown`;
    return [...inOrder, { ...last, severity: 'mistake', setting: 'file', what, fix: 'correct these first' }];
  }
}

const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');

const LONGEST_QUOTE = 60;

/** A word of the file as it is shown to people: short, on one line. */
export function shown(text: string): string {
  const line = printable(text);
  return `"${line.length <= LONGEST_QUOTE ? line : `${line.slice(0, LONGEST_QUOTE)}…`}"`;
}

export const formatPosition = ({ file, line }: Position): string => `${file}:${line}`;
