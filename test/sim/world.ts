/** Virtual time: whole µs that pass only from one appointment to the next, the one source of randomness, and the watchers. */

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

  tell(event: SimEvent): void {
    const watching = this.#observers.get(event.kind);
    if (watching !== undefined) for (const observer of watching) observer.observe(event, this.#now);
  }

  /** Keeps an appointment; `callOff` of the result undoes it. */
  at(when: number, run: () => void): Appointment {
    return this.#agenda.add(Math.max(this.#now, Math.ceil(when)), run);
  }

  after(span: number, run: () => void): Appointment {
    return this.at(this.#now + span, run);
  }

  runUntil(end: number): void {
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
    }
    this.#now = end;
  }

  #countInstant(at: number): void {
    this.#inThisInstant = at === this.#now ? this.#inThisInstant + 1 : 0;
    if (this.#inThisInstant > APPOINTMENTS_PER_INSTANT)
      throw new Violation('bounds', `${APPOINTMENTS_PER_INSTANT} appointments at one instant`);
  }
}

export function callOff(appointment: Appointment | undefined): void {
  if (appointment !== undefined) appointment.run = undefined;
}
