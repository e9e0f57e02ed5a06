/**
 * Times of an engine that may run on another machine (Docker Desktop's is a virtual one), as times of this process. A message cannot
 * arrive before it was sent, so the smallest difference seen is the closest to the clocks' own.
 */

import { monotonicUs } from '../support/observer.ts';

export class EngineClock {
  #differenceUs = Number.POSITIVE_INFINITY;

  /** A time of the engine, in a message that has just arrived. */
  toLocalUs(engineUs: number): number {
    this.#differenceUs = Math.min(this.#differenceUs, monotonicUs() - engineUs);
    return engineUs + this.#differenceUs;
  }
}
