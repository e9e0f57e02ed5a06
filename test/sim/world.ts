/**
 * Virtual time: whole µs that pass only from one appointment to the next, the one source of randomness, and the watchers.
 *
 * Parts that await promises run here too: before time goes on, every reaction to a promise has run, as Node runs them
 * before its next callback.
 */

import { Agenda, type Appointment } from './agenda.ts';
import { Random } from './random.ts';
import { KINDS, type Observer, type SimEvent, Violation } from './trace.ts';

/** Appointments at one single µs; more means that somebody goes round in circles. */
const APPOINTMENTS_PER_INSTANT = 10_000;

export class World {
  readonly random: Random;
  readonly #agenda = new Agenda();
  readonly #observers = new Map<SimEvent['kind'], Observer[]>();
  #now = 0;
  #inThisInstant = 0;
  #hasPromises = false;
  #broken: { readonly thrown: unknown } | undefined;
  /** Appointments kept so far. */
  events = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  get now(): number {
    return this.#now;
  }

  watch(observer: Observer): void {
    for (const kind of observer.kinds ?? KINDS) {
      const watching = this.#observers.get(kind);
      if (watching === undefined) this.#observers.set(kind, [observer]);
      else watching.push(observer);
    }
  }

  /** What a watcher throws ends the world after the present appointment: whoever tells it may stand in a promise. */
  tell(event: SimEvent): void {
    const watching = this.#observers.get(event.kind);
    if (watching === undefined) return;
    try {
      for (const observer of watching) observer.observe(event, this.#now);
    } catch (thrown) {
      this.#broken ??= { thrown };
    }
  }

  /** Runs something whose failure must not get lost in a promise. */
  attempt(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      this.#broken ??= { thrown };
    }
  }

  /** Throws what a watcher or an attempt has thrown. */
  rethrow(): void {
    if (this.#broken !== undefined) throw this.#broken.thrown;
  }

  /** Somebody awaits something that is settled by now. */
  promised(): void {
    this.#hasPromises = true;
  }

  /** Keeps an appointment; `callOff` of the result undoes it. */
  at(when: number, run: () => void): Appointment {
    return this.#agenda.add(Math.max(this.#now, Math.ceil(when)), run);
  }

  after(span: number, run: () => void): Appointment {
    return this.at(this.#now + span, run);
  }

  async runUntil(end: number): Promise<void> {
    this.rethrow();
    for (;;) {
      const next = this.#agenda.next;
      if (next === undefined || next.at > end) break;
      this.#agenda.take();
      const { run } = next;
      if (run === undefined) continue;
      this.#countInstant(next.at);
      this.#now = next.at;
      this.events++;
      run();
      while (this.#hasPromises) {
        this.#hasPromises = false;
        await reactions();
      }
      this.rethrow();
    }
    this.#now = end;
  }

  #countInstant(at: number): void {
    this.#inThisInstant = at === this.#now ? this.#inThisInstant + 1 : 0;
    if (this.#inThisInstant > APPOINTMENTS_PER_INSTANT)
      throw new Violation('bounds', `${APPOINTMENTS_PER_INSTANT} appointments at one instant`);
  }
}

/** Settles when no reaction to a promise is left to run: Node comes to its next ticks only when all of them have. */
function reactions(): Promise<void> {
  return new Promise(resolve => queueMicrotask(() => process.nextTick(resolve)));
}

export function callOff(appointment: Appointment | undefined): void {
  if (appointment !== undefined) appointment.run = undefined;
}
