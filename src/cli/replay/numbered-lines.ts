/** A stream of octets as numbered lines, whatever it holds: a line without end is an error, not a full memory. */

export interface NumberedLine {
  /** From 1 on. */
  readonly number: number;
  readonly text: string;
  /** It ends with a line break; false only of the last. */
  readonly isWhole: boolean;
}

const LONGEST_LINE = 2 ** 20;

/** Throws a RangeError at a line longer than 1 MiB. */
export async function* numberedLines(
  stream: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<NumberedLine> {
  const decoder = new TextDecoder();
  let number = 0;
  let rest = '';
  for await (const chunk of stream) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) yield { number: ++number, text, isWhole: true };
    if (rest.length > LONGEST_LINE)
      throw new RangeError(`line ${number + 1} is longer than 1 MiB: this is no recording of Locum`);
  }
  rest += decoder.decode();
  if (rest !== '') yield { number: number + 1, text: rest, isWhole: false };
}
