/**
 * keepalived.conf as a tree: a statement is a keyword with words on its line and perhaps a block of statements, whose braces may stand
 * on lines of their own. Nothing is known here of what keywords mean. Deep nesting is bounded and no recursion follows it.
 */

import type { Line } from './lines.ts';
import type { Position, Report } from './remarks.ts';
import { splitWords } from './words.ts';

export interface Statement {
  /** Also the first word of an item in a list, such as an address. */
  readonly keyword: string;
  readonly words: readonly string[];
  /** Undefined: it has no braces. */
  readonly block: readonly Statement[] | undefined;
  readonly at: Position;
}

interface Open {
  readonly keyword: string;
  readonly words: string[];
  readonly at: Position;
  block?: Open[];
}

/** keepalived's own blocks are four deep. */
const DEEPEST = 32;

export function treeOf(lines: readonly Line[], report: Report): readonly Statement[] {
  return new Builder(report).build(lines);
}

class Builder {
  readonly #report: Report;
  readonly #top: Open[] = [];
  /** Each list that is open, with the statement whose block it is. */
  readonly #stack: { readonly owner: Open | undefined; readonly list: Open[] }[] = [];
  #last: Open | undefined;

  constructor(report: Report) {
    this.#report = report;
    this.#stack.push({ owner: undefined, list: this.#top });
  }

  build(lines: readonly Line[]): readonly Statement[] {
    for (const { text, at } of lines) if (!this.#line(text, at)) return this.#top.map(statement);
    for (const { owner } of this.#stack.slice(1))
      if (owner !== undefined)
        this.#mistake('opens a block that nothing closes', 'add the missing }', owner.at);
    return this.#top.map(statement);
  }

  #line(text: string, at: Position): boolean {
    const { words, unterminated } = splitWords(text);
    if (unterminated) this.#mistake('has a quote that nothing closes', 'close it on the same line', at);
    let open: Open | undefined;
    for (const word of words) {
      if (!word.quoted && word.text === '{') {
        if (!this.#open(at)) return false;
        open = undefined;
      } else if (!word.quoted && word.text === '}') {
        this.#close(at);
        open = undefined;
      } else if (open === undefined) {
        open = { keyword: word.text, words: [], at };
        this.#stack.at(-1)?.list.push(open);
        this.#last = open;
      } else open.words.push(word.text);
    }
    return true;
  }

  #open(at: Position): boolean {
    if (this.#stack.length > DEEPEST) {
      const what = `nests blocks more than ${DEEPEST} deep`;
      const fix = 'close blocks; what follows was not read';
      this.#report.add({ severity: 'refused', setting: 'file', what, fix, at });
      return false;
    }
    if (this.#last === undefined)
      this.#mistake('opens a block that belongs to nothing', 'remove the brace, or name the block', at);
    const owner = this.#last ?? { keyword: '', words: [], at };
    owner.block = owner.block ?? [];
    this.#stack.push({ owner, list: owner.block });
    this.#last = undefined;
    return true;
  }

  #close(at: Position): void {
    this.#last = undefined;
    if (this.#stack.length > 1) this.#stack.pop();
    else this.#mistake('closes a block where none is open', 'remove the brace', at);
  }

  #mistake(what: string, fix: string, at: Position): void {
    this.#report.add({ severity: 'mistake', setting: 'file', what, fix, at });
  }
}

function statement({ keyword, words, at, block }: Open): Statement {
  return { keyword, words, at, block: block?.map(statement) };
}
