/**
 * The event loop of one process as Node turns it: expired timers, then the poll phase (replies of the kernel, and one
 * datagram of the socket), then immediates. A stopped process turns nothing while timers expire and datagrams arrive; when
 * it goes on, the timers come first. A process may be killed between any two turns.
 */

import type { Appointment } from './agenda.ts';
import { callOff, type World } from './world.ts';

/** The time one turn takes. */
const TURN_US = 10;
/** Datagrams that the socket keeps while nobody reads. */
export const SOCKET_CAPACITY = 400;
/** Timers of Node have whole milliseconds: mostly a little late, now and then a little early. */
const TIMER_LATE_US = 1_200;
const TIMER_EARLY_US = 300;

interface Timer {
  readonly run: () => void;
  appointment: Appointment | undefined;
}

export class EventLoop {
  readonly #world: World;
  readonly #receive: (packet: Uint8Array) => void;
  readonly unread: Uint8Array[] = [];
  #expired: Timer[] = [];
  readonly #timers = new Set<Timer>();
  #replies: (() => void)[] = [];
  #immediates: (() => void)[] = [];
  #isTurning = false;
  isDead = false;
  /** No turn before this; Infinity while stopped. */
  #blockedUntil = 0;
  #nextTurnAt = 0;
  #scheduled: Appointment | undefined;
  /** Datagrams that found the socket full. */
  overflows = 0;

  constructor(world: World, receive: (packet: Uint8Array) => void) {
    this.#world = world;
    this.#receive = receive;
  }

  setTimer(delay: number, run: () => void): () => void {
    if (this.isDead) return () => undefined;
    const { random, now } = this.#world;
    const lateness = random.chance(0.2)
      ? -random.between(0, TIMER_EARLY_US)
      : random.between(0, TIMER_LATE_US);
    const timer: Timer = { run, appointment: undefined };
    timer.appointment = this.#world.at(Math.max(now + 1, now + delay + lateness), () => {
      this.#expired.push(timer);
      this.#wake();
    });
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      callOff(timer.appointment);
      if (this.#expired.length > 0) this.#expired = this.#expired.filter(other => other !== timer);
    };
  }

  setImmediate(run: () => void): void {
    this.#immediates.push(run);
    this.#turnSoon();
  }

  /** Something the kernel answers or tells: runs in the next poll phase, `span` µs from now. */
  replyAfter(span: number, run: () => void): void {
    this.#world.after(span, () => {
      if (this.isDead) return;
      this.#replies.push(run);
      this.#wake();
    });
  }

  datagram(packet: Uint8Array): void {
    if (this.isDead) return;
    if (this.unread.length >= SOCKET_CAPACITY) {
      this.overflows++;
      return;
    }
    this.unread.push(packet);
    this.#wake();
  }

  /** Reads without a turn, at most so many. */
  drain(limit: number): void {
    for (let i = 0; i < limit; i++) {
      const packet = this.unread.shift();
      if (packet === undefined) return;
      this.#receive(packet);
    }
  }

  /** Until the given time, or until `goOn`. */
  stop(until = Number.POSITIVE_INFINITY): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, until);
    callOff(this.#scheduled);
    this.#scheduled = undefined;
    this.#turnSoon();
  }

  goOn(): void {
    this.#blockedUntil = this.#world.now;
    callOff(this.#scheduled);
    this.#scheduled = undefined;
    this.#turnSoon();
  }

  kill(): void {
    this.isDead = true;
    for (const timer of this.#timers) callOff(timer.appointment);
    callOff(this.#scheduled);
    this.#timers.clear();
    this.#expired = [];
    this.#replies = [];
    this.#immediates = [];
    this.unread.length = 0;
  }

  #hasWork(): boolean {
    return this.#expired.length + this.#replies.length + this.#immediates.length + this.unread.length > 0;
  }

  /** An appointment brought work: turns in the same instant where that is possible. */
  #wake(): void {
    const { now } = this.#world;
    if (
      this.#isTurning ||
      this.#scheduled !== undefined ||
      now < this.#blockedUntil ||
      now < this.#nextTurnAt
    )
      this.#turnSoon();
    else this.#turn();
  }

  #turnSoon(): void {
    if (this.#isTurning || this.isDead || this.#scheduled !== undefined || !this.#hasWork()) return;
    const at = Math.max(this.#world.now, this.#blockedUntil, this.#nextTurnAt);
    if (at === Number.POSITIVE_INFINITY) return;
    this.#scheduled = this.#world.at(at, () => this.#turn());
  }

  #turn(): void {
    this.#scheduled = undefined;
    this.#isTurning = true;
    const expired = this.#expired;
    this.#expired = [];
    for (const timer of expired) if (this.#timers.delete(timer)) timer.run();
    const replies = this.#replies;
    this.#replies = [];
    for (const reply of replies) if (!this.isDead) reply();
    const packet = this.unread.shift();
    if (packet !== undefined) this.#receive(packet);
    const immediates = this.#immediates;
    this.#immediates = [];
    for (const immediate of immediates) if (!this.isDead) immediate();
    this.#isTurning = false;
    this.#nextTurnAt = this.#world.now + TURN_US;
    this.#turnSoon();
  }
}
