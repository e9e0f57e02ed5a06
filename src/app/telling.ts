/**
 * One message being told: attempts one after the other, each cut at its timeout, with pauses between them, until it is taken or given up.
 * An attempt that outlives its cut is waited for, as the next would overlap with it; what it says after the cut does not count any more.
 */

import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { type Duration, formatDuration, type Instant } from '../lib/time.ts';
import type { Message } from '../notify/message.ts';
import { FIRST_PAUSE, pauseAfter, type Retry } from '../notify/retry.ts';

/** How an attempt ended. */
export interface Delivery {
  readonly ok: boolean;
  readonly detail: string;
  /** It would end the same way every time. */
  readonly final?: boolean;
}

/** Brings one message to whoever wants it; aborting the signal ends that. A rejection is a failed delivery. */
export type Deliver = (message: Message, signal: AbortSignal) => Promise<Delivery>;

export interface TellingOptions {
  /** Of one attempt. */
  readonly timeout: Duration;
  readonly retry: Retry;
  readonly deliver: Deliver;
  readonly clock: Clock;
}

export interface TellingEvents {
  attempted(): void;
  /** Once for each attempt; `again`: the pause before the next, undefined when there is none. */
  ended(delivery: Delivery, attempts: number, again: Duration | undefined): void;
}

interface Attempt {
  readonly abort: AbortController;
  /** The pause that follows, once the outcome is known; undefined in it: no further attempt. */
  outcome: { readonly ok: boolean; readonly again: Duration | undefined } | undefined;
}

export class Telling {
  readonly message: Message;
  readonly at: Instant;
  readonly #options: TellingOptions;
  readonly #events: TellingEvents;
  #attempts = 0;
  #attempt: Attempt | undefined;
  #endPause: (() => void) | undefined;
  #hurried = false;
  #last = false;

  constructor(message: Message, options: TellingOptions, events: TellingEvents) {
    this.message = message;
    this.at = options.clock.now();
    this.#options = options;
    this.#events = events;
  }

  /** Resolves with whether it was taken. To be called once. */
  async run(): Promise<boolean> {
    for (;;) {
      const { ok, again } = await this.#try();
      if (ok || again === undefined) return ok;
      await this.#pause(again);
      if (this.#last) return false;
    }
  }

  /** Ends the attempt under way, or the pause after it; `last`: there is no other. */
  cut(why: string, last = false): void {
    this.#last ||= last;
    this.#endPause?.();
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    this.#conclude(attempt, { ok: false, detail: `cut: ${why}` });
    attempt.abort.abort();
  }

  /** From now on pauses are as short as the first. `last`: the attempt under way is the last, and a pause the end. */
  hurry(last: boolean): void {
    this.#hurried = true;
    this.#last ||= last;
    this.#endPause?.();
  }

  async #try(): Promise<NonNullable<Attempt['outcome']>> {
    const { clock, timeout } = this.#options;
    const attempt: Attempt = { abort: new AbortController(), outcome: undefined };
    this.#attempts++;
    this.#attempt = attempt;
    this.#events.attempted();
    const cancelTimeout = clock.after(timeout, () => this.cut(`no end within ${formatDuration(timeout)}`));
    const delivery = await this.#deliver(attempt);
    cancelTimeout();
    this.#attempt = undefined;
    return this.#conclude(attempt, delivery);
  }

  async #deliver({ abort }: Attempt): Promise<Delivery> {
    try {
      return await this.#options.deliver(this.message, abort.signal);
    } catch (thrown) {
      return { ok: false, detail: messageOf(thrown) };
    }
  }

  /** The first outcome counts. */
  #conclude(attempt: Attempt, delivery: Delivery): NonNullable<Attempt['outcome']> {
    if (attempt.outcome !== undefined) return attempt.outcome;
    const again = delivery.ok || delivery.final === true || this.#last ? undefined : this.#pauseBefore();
    attempt.outcome = { ok: delivery.ok, again };
    this.#events.ended(delivery, this.#attempts, again);
    return attempt.outcome;
  }

  #pauseBefore(): Duration | undefined {
    const { retry, clock } = this.#options;
    const pause = pauseAfter(this.#attempts, retry, this.at, clock.now());
    return pause !== undefined && this.#hurried ? FIRST_PAUSE : pause;
  }

  async #pause(span: Duration): Promise<void> {
    if (this.#last) return;
    await new Promise<void>(resolve => {
      const cancel = this.#options.clock.after(this.#hurried ? FIRST_PAUSE : span, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
    this.#endPause = undefined;
  }
}
