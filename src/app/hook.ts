/**
 * One hook at work: notices in order, one delivery at a time, each cut at its timeout. A delivery that outlives its cut holds up the
 * next, which would overlap with it, and nothing else: hooks do not wait for each other, and no router waits for a hook.
 *
 * At the stop only the newest state of each router is still told; a delivery that is in the way of that is cut.
 */

import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { type Duration, formatDuration, type Instant, microseconds, seconds } from '../lib/time.ts';
import { admit, newestOnly } from '../notify/backlog.ts';
import type { Notice, NoticeState } from '../notify/notice.ts';

/** How a delivery ended. */
export interface Delivery {
  readonly ok: boolean;
  readonly detail: string;
}

/** Brings one notice to whoever wants it; aborting the signal ends that. A rejection is a failed delivery. */
export type Deliver = (notice: Notice, signal: AbortSignal) => Promise<Delivery>;

export interface HookOptions {
  readonly name: string;
  readonly type: string;
  readonly timeout: Duration;
  /** The states that it is told. */
  readonly states: readonly NoticeState[];
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface HookReport {
  readonly name: string;
  readonly type: string;
  readonly runs: number;
  /** Runs that failed or were cut. */
  readonly failures: number;
  /** Notices that were never told. */
  readonly dropped: number;
  readonly waiting: number;
  /** Undefined while it rests. */
  readonly running: { readonly notice: Notice; readonly at: Instant } | undefined;
  /** The last run whose outcome is known; undefined before the first. */
  readonly last: (Delivery & { readonly notice: Notice; readonly at: Instant }) | undefined;
}

/** At the stop: how long a delivery may keep others waiting, and how long all of it may take. Docker waits 10 s before it kills. */
export const IN_THE_WAY_AT_MOST = seconds(2);
export const STOP_AT_MOST = seconds(5);

/** Starting a program takes some milliseconds, which other routers of the same turn of the event loop need not wait for. */
const NEXT_TURN = microseconds(0);

interface Run {
  readonly notice: Notice;
  readonly at: Instant;
  readonly abort: AbortController;
  /** Its outcome is known; it may still be ending. */
  concluded: boolean;
}

export class Hook {
  readonly #options: HookOptions;
  readonly #counts = { runs: 0, failures: 0, dropped: 0 };
  #waiting: readonly Notice[] = [];
  #run: Run | undefined;
  #last: HookReport['last'];
  #beginning = false;
  #closed = false;
  #onRest: () => void = () => undefined;

  constructor(options: HookOptions) {
    this.#options = options;
  }

  /** Returns at once, whatever becomes of it. */
  tell(notice: Notice): void {
    if (!this.#options.states.includes(notice.state)) return;
    if (this.#closed) {
      this.#drop(notice, 'Locum stops');
      return;
    }
    const { waiting, dropped } = admit(this.#waiting, notice);
    this.#waiting = waiting;
    if (dropped !== undefined)
      this.#drop(dropped, 'too many wait, and a later state of this router is among them');
    this.#beginSoon();
  }

  /** Resolves once the newest states are told, or when the time for that is up; nothing is told afterwards. */
  async stop(): Promise<void> {
    const { clock } = this.#options;
    const inTheWay = this.#run;
    const { newest, overtaken } = newestOnly(this.#waiting);
    this.#waiting = newest;
    for (const notice of overtaken)
      this.#drop(notice, 'Locum stops, and a later state of this router is told');
    const cancels = [
      clock.after(IN_THE_WAY_AT_MOST, () => {
        if (this.#run === inTheWay && this.#waiting.length > 0) this.#cut('Locum stops');
      }),
      clock.after(STOP_AT_MOST, () => this.#giveUp()),
    ];
    await new Promise<void>(resolve => {
      this.#onRest = resolve;
      if (this.#rests()) resolve();
    });
    this.#closed = true;
    for (const cancel of cancels) cancel();
  }

  status(): HookReport {
    const { name, type } = this.#options;
    const running = this.#run === undefined ? undefined : { notice: this.#run.notice, at: this.#run.at };
    return { name, type, ...this.#counts, waiting: this.#waiting.length, running, last: this.#last };
  }

  #rests(): boolean {
    return this.#run === undefined && this.#waiting.length === 0;
  }

  #beginSoon(): void {
    if (this.#beginning || this.#run !== undefined) return;
    this.#beginning = true;
    this.#options.clock.after(NEXT_TURN, () => {
      this.#beginning = false;
      void this.#begin();
    });
  }

  async #begin(): Promise<void> {
    const [notice, ...rest] = this.#waiting;
    if (notice === undefined) return;
    const { clock, timeout } = this.#options;
    const run: Run = { notice, at: clock.now(), abort: new AbortController(), concluded: false };
    this.#waiting = rest;
    this.#run = run;
    this.#counts.runs++;
    const cancelTimeout = clock.after(timeout, () => this.#cut(`no end within ${formatDuration(timeout)}`));
    const delivery = await this.#deliver(run);
    cancelTimeout();
    this.#run = undefined;
    this.#conclude(run, delivery);
    if (this.#rests()) this.#onRest();
    else this.#beginSoon();
  }

  async #deliver({ notice, abort }: Run): Promise<Delivery> {
    try {
      return await this.#options.deliver(notice, abort.signal);
    } catch (thrown) {
      return { ok: false, detail: messageOf(thrown) };
    }
  }

  /** What it says after that does not count any more. */
  #cut(why: string): void {
    if (this.#run === undefined) return;
    this.#conclude(this.#run, { ok: false, detail: `cut: ${why}` });
    this.#run.abort.abort();
  }

  #giveUp(): void {
    this.#cut('Locum stops');
    for (const notice of this.#waiting) this.#drop(notice, 'Locum stops');
    this.#waiting = [];
    this.#onRest();
  }

  #conclude(run: Run, { ok, detail }: Delivery): void {
    if (run.concluded) return;
    run.concluded = true;
    this.#last = { ok, detail, notice: run.notice, at: this.#options.clock.now() };
    if (!ok) this.#counts.failures++;
    const fields = { ...this.#fields(run.notice), detail };
    if (ok) this.#options.log.debug(fields, 'a notify hook was told');
    else this.#options.log.warn(fields, `the notify hook ${this.#options.name} failed: ${detail}`);
  }

  #drop(notice: Notice, reason: string): void {
    this.#counts.dropped++;
    this.#options.log.warn(
      { ...this.#fields(notice), reason },
      `the notify hook ${this.#options.name} is not told of a state: ${reason}`,
    );
  }

  #fields({ router, state, priority }: Notice) {
    return { hook: this.#options.name, router, state, priority };
  }
}
