/**
 * Words of a line of keepalived.conf, as keepalived 2.2.7 separates them (keepalived.conf(5), "Quoted strings", is more generous): white
 * space ends a word, `"…"` is one, and nothing else is special. Only where a program is named, after `script` and its like, a word may be
 * partly quoted, by `'` too, and escapes are resolved. Braces that nothing quotes stand for themselves. Total: any text has words.
 */

export interface Word {
  readonly text: string;
  /** Some of it stood in quotes, so it is no brace. */
  readonly quoted: boolean;
}

export interface Split {
  readonly words: readonly Word[];
  /** A quote is open at the end of the line. */
  readonly unterminated: boolean;
}

export function splitWords(line: string): Split {
  return new Splitter(line).split();
}

/** The program and its arguments of a command, which is a text with quotes and escapes of its own. */
export function splitCommand(command: string): string[] {
  return new Splitter(command, 'arguments').split().words.map(({ text }) => text);
}

/** The line up to its comment: `#` or `!` anywhere outside `"…"`. */
export function withoutComment(line: string): string {
  return /^(?:[^"#!]+|"[^"]*(?:"|$))*/.exec(line)?.[0] ?? '';
}

/** Keywords after which a program or a path stands. */
const COMMANDS =
  /^(?:script|process|file|notify\w*|startup_script|shutdown_script|quorum_up|quorum_down|misc_path)$/;

const CONTROLS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** A quoted word; a brace; white space; a run of other characters, in which `${NAME}` is no block. */
const PLAIN = /"(?<word>[^"]*)(?<closed>"?)|(?<brace>[{}])|(?<space>\s+)|\$\{[^{}\s]*\}|[^{}"\s$]+|\$/y;

/** The same, with escapes, and with quotes that may stand within a word. */
const COMMAND =
  /\\(?:(?<octal>[0-7]{1,3})|x(?<hex>[0-9a-fA-F]+)|c(?<control>[\s\S])|(?<other>[\s\S]))|(?<quote>["'])|(?<brace>[{}])|(?<space>\s+)|\$\{[^{}\s]*\}|[^\\{}"'\s$]+|[$\\]/y;

type Groups = Readonly<Record<string, string | undefined>>;

class Splitter {
  readonly #line: string;
  readonly #mode: 'line' | 'arguments';
  readonly #words: Word[] = [];
  /** The first word of the statement. */
  #keyword: string | undefined;
  #word: Word | undefined;
  #quote: string | undefined;
  #unterminated = false;

  constructor(line: string, mode: 'line' | 'arguments' = 'line') {
    this.#line = line;
    this.#mode = mode;
  }

  split(): Split {
    for (let index = 0; index < this.#line.length; ) {
      const command = this.#mode === 'arguments' || COMMANDS.test(this.#keyword ?? '');
      const pattern = command ? COMMAND : PLAIN;
      pattern.lastIndex = index;
      const match = pattern.exec(this.#line);
      const [piece = this.#line[index] ?? ''] = match ?? [];
      const groups: Groups = match?.groups ?? {};
      if (command) this.#command(piece, groups);
      else this.#plain(piece, groups);
      index += piece.length;
    }
    this.#end();
    return { words: this.#words, unterminated: this.#unterminated || this.#quote !== undefined };
  }

  #plain(piece: string, { word, closed, brace, space }: Groups): void {
    if (word !== undefined) {
      this.#end();
      this.#word = { text: word, quoted: true };
      this.#end();
      this.#unterminated ||= closed === '';
    } else if (brace !== undefined) this.#brace(brace);
    else if (space !== undefined) this.#end();
    else this.#grow(piece);
  }

  #command(piece: string, groups: Groups): void {
    const { quote, brace, space } = groups;
    if (quote !== undefined && (this.#quote ?? quote) === quote) {
      this.#quote = this.#quote === undefined ? quote : undefined;
      this.#word = { text: this.#word?.text ?? '', quoted: true };
    } else if (this.#quote === undefined && space !== undefined) this.#end();
    else if (this.#quote === undefined && brace !== undefined && this.#mode === 'line') this.#brace(brace);
    else this.#grow(escaped(piece, groups));
  }

  #grow(text: string): void {
    this.#word = { text: `${this.#word?.text ?? ''}${text}`, quoted: this.#word?.quoted ?? false };
  }

  #end(): void {
    if (this.#word === undefined) return;
    this.#words.push(this.#word);
    this.#keyword ??= this.#word.text;
    this.#word = undefined;
  }

  /** What follows a brace is another statement. */
  #brace(text: string): void {
    this.#end();
    this.#words.push({ text, quoted: false });
    this.#keyword = undefined;
  }
}

function escaped(piece: string, { octal, hex, control, other }: Groups): string {
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(-2), 16));
  if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) & 0x1f);
  return other === undefined ? piece : (CONTROLS[other] ?? other);
}
