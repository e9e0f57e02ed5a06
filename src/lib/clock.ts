/** The clock port: whoever waits asks this, so that tests and the simulator run in virtual time. Monotonic; never the wall clock. */

import type { Duration, Instant } from './time.ts';

export interface Clock {
  now(): Instant;
  /** Runs the callback once, after about the delay: Node's timers come up to a millisecond early. The result cancels it. */
  after(delay: Duration, run: () => void): () => void;
}
