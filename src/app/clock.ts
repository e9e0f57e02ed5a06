/** The clocks of the running daemon: CLOCK_MONOTONIC through performance.now, timers of the event loop; and the time of day. */

import type { Clock } from '../lib/clock.ts';
import { inMilliseconds, instant, type Utc, utc } from '../lib/time.ts';

export const systemClock: Clock = {
  now: () => instant(performance.now() * 1_000),
  after(delay, run) {
    const timer = setTimeout(run, Math.ceil(inMilliseconds(delay)));
    return () => clearTimeout(timer);
  },
};

export const timeOfDay = (): Utc => utc(Date.now() * 1_000);
