/**
 * `~SEQ(VAR, START, STEP, END) rest` and `~LST(VAR, A, B, …) rest` (keepalived.conf(5), "Sequence blocks", "List blocks"): the rest of
 * the line once for each value.
 */

export interface Repetition {
  readonly rest: string;
  /** The definitions of each round; made one at a time, for there may be many. */
  readonly rounds: Iterable<ReadonlyMap<string, string>>;
}

const SEQUENCE = /^~SEQ(x?)\(\s*(\w+)\s*,([^()]*)\)\s*(.*)$/s;
const LIST = /^~LST\(\s*(?:\{([^{}()]*)\}|(\w+))\s*,([^()]*)\)\s*(.*)$/s;

/** Undefined: it is none, or cannot be read. */
export function parseRepetition(line: string): Repetition | undefined {
  const [, hexadecimal, variable = '', numbers = '', rest = ''] = SEQUENCE.exec(line) ?? [];
  if (hexadecimal !== undefined) {
    const radix = hexadecimal === 'x' ? 16 : 10;
    const steps = parseSteps(numbers);
    return steps && { rest, rounds: count(variable, steps, radix) };
  }
  const [, several, one = '', values = '', after = ''] = LIST.exec(line) ?? [];
  return values === '' ? undefined : { rest: after, rounds: list(several?.split(',') ?? [one], values) };
}

interface Steps {
  readonly start: number;
  readonly step: number;
  readonly end: number;
}

function parseSteps(text: string): Steps | undefined {
  const numbers = text.split(',').map(part => part.trim());
  if (numbers.length > 3 || !numbers.every(number => /^-?(?:\d{1,9}|0x[0-9a-f]{1,7})$/i.test(number)))
    return undefined;
  const [a = 0, b, c] = numbers.map(Number);
  const end = c ?? b ?? a;
  const start = b === undefined ? Math.sign(end) || 1 : a;
  const step = c === undefined ? (end < start ? -1 : 1) : (b ?? 0);
  return step === 0 ? undefined : { start, step, end };
}

function* count(variable: string, { start, step, end }: Steps, radix: number) {
  for (let i = start; step > 0 ? i <= end : i >= end; i += step)
    yield new Map([[variable, i.toString(radix)]]);
}

function* list(variables: readonly string[], values: string) {
  const tuples = variables.length > 1 ? values.matchAll(/\{([^{}]*)\}/g) : values.matchAll(/([^,]+)/g);
  for (const [, tuple = ''] of tuples) {
    const parts = variables.length > 1 ? tuple.split(',') : [tuple];
    yield new Map(variables.map((variable, i) => [variable.trim(), parts[i]?.trim() ?? '']));
  }
}
