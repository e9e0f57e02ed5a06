/** The clock port: whoever waits asks this, so that tests and the simulator run in virtual time. Monotonic; never the wall clock. */

import type { Duration, Instant } from './time.ts';

export interface Clock {
  now(): Instant;
  /** Runs the callback once, not earlier than the delay; the result cancels it. */
  after(delay: Duration, run: () => void): () => void;
}
