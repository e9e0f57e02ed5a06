/**
 * What happens, as it happens, with milliseconds since a chosen moment. Sources report a little late and out of order; lines are
 * held back for a moment and then printed in the order of their times.
 */

import { monotonicUs } from '../support/observer.ts';

export interface TimelineOptions {
  readonly print: (line: string) => void;
  /** How long a line is held back: longer than the slowest source is late. */
  readonly holdMs: number;
}

interface Entry {
  readonly atUs: number;
  readonly text: string;
}

const TIME_WIDTH = 10;

export class Timeline {
  readonly #print: (line: string) => void;
  readonly #holdUs: number;
  readonly #timer: NodeJS.Timeout;
  /** Nothing is told before the first {@link restart}. */
  #originUs = Number.POSITIVE_INFINITY;
  #held: Entry[] = [];

  constructor({ print, holdMs }: TimelineOptions) {
    this.#print = print;
    this.#holdUs = holdMs * 1_000;
    this.#timer = setInterval(() => this.#printUntil(monotonicUs() - this.#holdUs), 10);
  }

  /** Times count from here; what is older is left out. */
  restart(atUs: number): void {
    this.#originUs = atUs;
    this.#held = this.#held.filter(entry => entry.atUs >= atUs);
  }

  add(atUs: number, text: string): void {
    if (atUs >= this.#originUs) this.#held.push({ atUs, text });
  }

  /** Prints everything that is held back. */
  flush(): void {
    this.#printUntil(Number.POSITIVE_INFINITY);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #printUntil(atUs: number): void {
    const due = this.#held.filter(entry => entry.atUs <= atUs).sort((a, b) => a.atUs - b.atUs);
    this.#held = this.#held.filter(entry => entry.atUs > atUs);
    for (const entry of due) {
      const ms = ((entry.atUs - this.#originUs) / 1_000).toFixed(1);
      this.#print(`${`${ms} ms`.padStart(TIME_WIDTH + 3)}   ${entry.text}`);
    }
  }
}
