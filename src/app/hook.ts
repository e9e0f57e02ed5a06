/**
 * One hook at work: messages in order, one at a time, each told as `Telling` says. Hooks do not wait for each other, and no router waits for
 * a hook. States that come faster than it may be told, or than it takes them, are folded into later ones.
 *
 * At the stop only the newest state of each router is still told; a delivery that is in the way of that is cut.
 */

import type { Logger } from '../lib/logger.ts';
import { between, type Duration, formatDuration, type Instant, microseconds, seconds } from '../lib/time.ts';
import { admit, newestOnly, takeNext } from '../notify/backlog.ts';
import type { Message } from '../notify/message.ts';
import type { Notice, NoticeState } from '../notify/notice.ts';
import { freeAt, notePace } from '../notify/pace.ts';
import { type Delivery, Telling, type TellingOptions } from './telling.ts';

export interface HookOptions extends TellingOptions {
  readonly name: string;
  readonly type: string;
  /** The states that it is told. */
  readonly states: readonly NoticeState[];
  /** Of one virtual router, before they are folded; at least 1. */
  readonly perMinute: number;
  readonly log: Logger;
}

export interface HookReport {
  readonly name: string;
  readonly type: string;
  /** Attempts. */
  readonly runs: number;
  /** Attempts that failed or were cut. */
  readonly failures: number;
  /** Notices that nobody tried to tell: folded into later ones, or too late for the end. */
  readonly dropped: number;
  readonly waiting: number;
  /** Undefined while it rests; since the first attempt. */
  readonly running: { readonly notice: Notice; readonly at: Instant } | undefined;
  /** The last attempt whose outcome is known; undefined before the first. */
  readonly last:
    | { readonly ok: boolean; readonly detail: string; readonly notice: Notice; readonly at: Instant }
    | undefined;
}

/** At the stop: how long a delivery may keep others waiting, and how long all of it may take. Docker waits 10 s before it kills. */
export const IN_THE_WAY_AT_MOST = seconds(2);
export const STOP_AT_MOST = seconds(5);

/** Starting a program takes some milliseconds, which other routers of the same turn of the event loop need not wait for. */
const NEXT_TURN = microseconds(0);

export class Hook {
  readonly #options: HookOptions;
  readonly #counts = { runs: 0, failures: 0, dropped: 0 };
  /** By virtual router: how fast it is told, and how many of its states it was not told since it was told last. */
  readonly #paces = new Map<string, Instant>();
  readonly #untold = new Map<string, number>();
  #waiting: readonly Message[] = [];
  #told = 0;
  #telling: Telling | undefined;
  #last: HookReport['last'];
  #callOffBeginning: (() => void) | undefined;
  #stopping = false;
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
    this.#told++;
    const { waiting, dropped } = admit(this.#waiting, { notice, seq: this.#told, folded: 0 });
    this.#waiting = waiting;
    if (dropped !== undefined)
      this.#drop(dropped.notice, 'too many wait, and a later state of this router is among them');
    this.#beginIn(NEXT_TURN);
  }

  /** Resolves once the newest states are told, or when the time for that is up; nothing is told afterwards. */
  async stop(): Promise<void> {
    const { clock } = this.#options;
    const inTheWay = this.#telling;
    this.#stopping = true;
    const { newest, overtaken } = newestOnly(this.#waiting);
    this.#waiting = newest;
    for (const { notice } of overtaken)
      this.#drop(notice, 'Locum stops, and a later state of this router is told');
    inTheWay?.hurry(newest.some(({ notice }) => notice.router === inTheWay.message.notice.router));
    this.#beginIn(NEXT_TURN);
    const cancels = [
      clock.after(IN_THE_WAY_AT_MOST, () => {
        if (this.#telling === inTheWay && this.#waiting.length > 0) inTheWay?.cut('Locum stops', true);
      }),
      clock.after(STOP_AT_MOST, () => this.#giveUp()),
    ];
    await new Promise<void>(resolve => {
      this.#onRest = resolve;
      if (this.#rests()) resolve();
    });
    this.#closed = true;
    for (const cancel of [...cancels, () => this.#callOffBeginning?.()]) cancel();
  }

  status(): HookReport {
    const { name, type } = this.#options;
    const telling = this.#telling;
    const running = telling && { notice: telling.message.notice, at: telling.at };
    return { name, type, ...this.#counts, waiting: this.#waiting.length, running, last: this.#last };
  }

  #rests(): boolean {
    return this.#telling === undefined && this.#waiting.length === 0;
  }

  /** In place of a beginning that is planned already. */
  #beginIn(delay: Duration): void {
    if (this.#telling !== undefined || this.#waiting.length === 0) return;
    this.#callOffBeginning?.();
    this.#callOffBeginning = this.#options.clock.after(delay, () => {
      this.#callOffBeginning = undefined;
      this.#begin();
    });
  }

  #begin(): void {
    const now = this.#options.clock.now();
    const { next, waiting, folded } = takeNext(this.#waiting, router => this.#freeAt(router, now) <= now);
    this.#waiting = waiting;
    for (const { notice } of folded)
      this.#drop(notice, 'they come faster than it is told, and a later state of this router waits');
    if (next !== undefined) void this.#carry(next, now);
    else if (waiting.length > 0) {
      const free = waiting.map(({ notice }) => this.#freeAt(notice.router, now));
      this.#beginIn(between(now, Math.min(...free) as Instant));
    }
  }

  /** At the stop nothing is held back: what waits then is but the newest of each. */
  #freeAt(router: string, now: Instant): Instant {
    return this.#stopping ? now : freeAt(this.#paces.get(router), now, this.#options.perMinute);
  }

  async #carry(waiting: Message, now: Instant): Promise<void> {
    const { router } = waiting.notice;
    const folded = this.#untold.get(router) ?? 0;
    this.#paces.set(router, notePace(this.#paces.get(router), now, this.#options.perMinute));
    const message = { ...waiting, folded };
    const telling = new Telling(message, this.#options, {
      attempted: () => {
        this.#counts.runs++;
      },
      ended: (delivery, attempts, again) => this.#ended(message, delivery, attempts, again),
    });
    this.#telling = telling;
    const taken = await telling.run();
    this.#telling = undefined;
    this.#untold.set(router, (this.#untold.get(router) ?? 0) + (taken ? -folded : 1));
    if (this.#rests()) this.#onRest();
    else this.#beginIn(NEXT_TURN);
  }

  #giveUp(): void {
    this.#telling?.cut('Locum stops', true);
    for (const { notice } of this.#waiting) this.#drop(notice, 'Locum stops');
    this.#waiting = [];
    this.#onRest();
  }

  #ended({ notice, folded }: Message, { ok, detail }: Delivery, attempts: number, again?: Duration): void {
    const { retry, clock, log, name } = this.#options;
    const tries = retry.attempts === 1 ? '' : `attempt ${attempts} of ${retry.attempts}`;
    const next = again === undefined ? 'given up' : `the next in ${formatDuration(again)}`;
    const outcome = ok || tries === '' ? detail : `${detail} (${tries}, ${next})`;
    this.#last = { ok, detail: outcome, notice, at: clock.now() };
    if (!ok) this.#counts.failures++;
    const fields = { ...this.#fields(notice), folded, attempts, detail };
    if (ok) log.debug(fields, 'a notify hook was told');
    else if (attempts === 1 || again === undefined)
      log.warn(fields, `the notify hook ${name} failed: ${outcome}`);
    else log.debug(fields, `the notify hook ${name} failed again: ${outcome}`);
  }

  #drop(notice: Notice, reason: string): void {
    this.#counts.dropped++;
    this.#untold.set(notice.router, (this.#untold.get(notice.router) ?? 0) + 1);
    this.#options.log.warn(
      { ...this.#fields(notice), reason },
      `the notify hook ${this.#options.name} is not told of a state: ${reason}`,
    );
  }

  #fields({ router, state, priority }: Notice) {
    return { hook: this.#options.name, router, state, priority };
  }
}
