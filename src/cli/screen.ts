/**
 * A text that is shown again and again in the same place of a terminal (ECMA-48 and xterm's private modes). It is drawn over what was there, in
 * one write, so that nothing flickers; on a screen of its own, so that the end leaves the terminal as it was.
 */

import type { Output } from './io.ts';

/** The alternate screen, empty, without the cursor. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** Terminals that know it show nothing of what is between the two until the second. */
const BEGIN = '\u001b[?2026h\u001b[H';
const END = '\u001b[J\u001b[?2026l';
const TO_END_OF_LINE = '\u001b[K';

/** Of a terminal that does not say. */
const USUAL = { columns: 80, rows: 24 };

export class Screen {
  readonly #output: Output;
  #text = '';
  #isOpen = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Replaces what is shown; what does not fit is cut, and said. */
  show(text: string): void {
    this.#text = text;
    if (!this.#isOpen) this.#output.write(ENTER);
    this.#isOpen = true;
    this.#draw();
  }

  /** Draws what is shown anew: the terminal has another size. */
  redraw(): void {
    if (this.#isOpen) this.#draw();
  }

  /** Leaves the terminal as it was. */
  close(): void {
    if (this.#isOpen) this.#output.write(LEAVE);
    this.#isOpen = false;
  }

  #draw(): void {
    const { columns = USUAL.columns, rows = USUAL.rows } = this.#output;
    // The last column stays free: erasing from there would take what stands in it.
    const lines = fitting(this.#text.split('\n'), rows).map(line => cut(line, columns - 1) + TO_END_OF_LINE);
    // After the last line no break: it would scroll a full screen.
    this.#output.write(BEGIN + lines.join('\r\n') + END);
  }
}

function fitting(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const shown = lines.slice(0, Math.max(0, rows - 1));
  return [...shown, `… ${lines.length - shown.length} more lines: make the window larger`];
}

function cut(line: string, columns: number): string {
  const characters = [...line];
  return characters.length <= columns ? line : `${characters.slice(0, columns - 1).join('')}…`;
}
