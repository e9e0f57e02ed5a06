/** When a message that was not taken is tried again: ever later, and not for ever. Pure. */

import { after, type Duration, type Instant, microseconds, milliseconds, seconds } from '../lib/time.ts';

export interface Retry {
  /** In all, the first included; at least 1. */
  readonly attempts: number;
  /** From the first attempt on; no attempt begins later. */
  readonly within: Duration;
}

/** For whoever is told once, whatever comes of it. */
export const NO_RETRY: Retry = { attempts: 1, within: seconds(0) };

export const FIRST_PAUSE = milliseconds(500);
export const LONGEST_PAUSE = seconds(30);

/** How long to wait after so many failed attempts, at least one; undefined when it is given up. */
export function pauseAfter(
  attempts: number,
  retry: Retry,
  began: Instant,
  now: Instant,
): Duration | undefined {
  const pause = microseconds(Math.min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE));
  const inTime = after(now, pause) <= after(began, retry.within);
  return attempts < retry.attempts && inTime ? pause : undefined;
}
