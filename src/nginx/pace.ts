/** When the next reload may be: each leaves old workers behind until their connections end, so a storm of changes is few reloads. Pure. */

import { after, type Instant, later, milliseconds, seconds } from '../lib/time.ts';

/** Reloads are at least this far apart. */
const SPACING = milliseconds(500);
const MINUTE = seconds(60);

/** The last reloads, oldest first. */
export type Pace = readonly Instant[];

export const NO_RELOADS: Pace = [];

/** `perMinute`: reloads within any minute, at least 1; more than that many need not be remembered. */
export function noteReload(pace: Pace, at: Instant, perMinute: number): Pace {
  return [...pace, at].slice(-perMinute);
}

/** The first moment, now or later, at which there may be another. */
export function freeAt(pace: Pace, now: Instant, perMinute: number): Instant {
  const last = pace.at(-1);
  const first = pace.at(-perMinute);
  const spaced = last === undefined ? now : later(now, after(last, SPACING));
  return first === undefined ? spaced : later(spaced, after(first, MINUTE));
}
