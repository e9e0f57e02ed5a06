/**
 * One answer for all who ask at about the same time: made after the question, so never older than it, and at most once per `spacing`,
 * however many ask.
 */

import type { Clock } from './clock.ts';
import { after, between, type Duration, type Instant, later } from './time.ts';

export interface SharedOptions<Answer> {
  /** Is never called while an earlier call goes on. */
  readonly make: () => Promise<Answer>;
  /** From the beginning of one making to that of the next. */
  readonly spacing: Duration;
  readonly clock: Clock;
}

export class Shared<Answer> {
  readonly #options: SharedOptions<Answer>;
  /** The making that has not begun yet: whoever asks now is answered by it. */
  #next: Promise<Answer> | undefined;
  #inProgress: Promise<unknown> = Promise.resolve();
  #begunAt: Instant | undefined;

  constructor(options: SharedOptions<Answer>) {
    this.#options = options;
  }

  /** Rejects with what `make` rejects with. */
  ask(): Promise<Answer> {
    this.#next ??= this.#make();
    return this.#next;
  }

  async #make(): Promise<Answer> {
    const { clock, make, spacing } = this.#options;
    await this.#inProgress;
    const now = clock.now();
    const free = this.#begunAt === undefined ? now : later(now, after(this.#begunAt, spacing));
    if (free > now) await pause(clock, between(now, free));
    this.#begunAt = clock.now();
    this.#next = undefined;
    const making = make();
    this.#inProgress = making.catch(() => undefined);
    return making;
  }
}

function pause(clock: Clock, span: Duration): Promise<void> {
  return new Promise(resolve => {
    clock.after(span, resolve);
  });
}
