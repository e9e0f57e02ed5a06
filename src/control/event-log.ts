/**
 * The last events of this node, and who is told of the next ones. Bounded: an older event makes room for a new one, and a listener that wants
 * more keeps it itself. It waits for nobody; a listener only takes note, and does its work in a turn of its own.
 */

import type { Event, News } from './event.ts';

export const EVENTS_KEPT = 200;

export class EventLog {
  readonly #wallTime: () => string;
  readonly #listeners = new Set<(event: Event) => void>();
  #events: readonly Event[] = [];
  /** The number of the last event. */
  #last = 0;

  /** `wallTime`: ISO 8601, UTC. */
  constructor(wallTime: () => string) {
    this.#wallTime = wallTime;
  }

  tell(news: News): void {
    this.repeat({ seq: this.#last + 1, at: this.#wallTime(), ...news });
  }

  /** Takes in what another log was told, with its number and time. */
  repeat(event: Event): void {
    this.#last = event.seq;
    this.#events = [...this.#events, event].slice(-EVENTS_KEPT);
    for (const listener of this.#listeners) listener(event);
  }

  /** The last {@link EVENTS_KEPT}, oldest first. */
  recent(): readonly Event[] {
    return this.#events;
  }

  /** Calls back with every event from now on; the result ends it. */
  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
