/** A clock port in virtual time: nothing passes until the test says so. */

import type { Clock } from '../../src/lib/clock.ts';
import { after, type Duration, type Instant, instant } from '../../src/lib/time.ts';

interface Timer {
  readonly at: Instant;
  readonly run: () => void;
}

export class VirtualClock implements Clock {
  #now = instant(0);
  readonly #timers = new Set<Timer>();

  now(): Instant {
    return this.#now;
  }

  after(delay: Duration, run: () => void): () => void {
    const timer: Timer = { at: after(this.#now, delay), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that are armed. */
  get armed(): number {
    return this.#timers.size;
  }

  /** Lets a span pass: timers run in order, and what they promise settles before the next. */
  async pass(span: Duration): Promise<void> {
    const end = after(this.#now, span);
    await settle();
    for (let timer = this.#due(end); timer !== undefined; timer = this.#due(end)) {
      this.#timers.delete(timer);
      this.#now = timer.at;
      timer.run();
      await settle();
    }
    this.#now = end;
  }

  #due(end: Instant): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }
}

/** Lets promises that need no time settle. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve));
}
