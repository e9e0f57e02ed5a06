/**
 * How fast a hook is told of one virtual router: so many states at once, then one each time a share of a minute has passed. One that flaps
 * thus rings no pager a thousand times, and its newest state is told late by one share at most. One instant a router is all that is
 * remembered: when the next would come, had all come evenly. Pure.
 */

import { after, type Duration, type Instant, later, microseconds, seconds } from '../lib/time.ts';

const MINUTE = seconds(60);

/** When the next would come; undefined before the first. */
export type Pace = Instant | undefined;

/** `perMinute`: at least 1; so many may come at once. */
export function notePace(pace: Pace, now: Instant, perMinute: number): Instant {
  return after(later(pace ?? now, now), shareOf(perMinute));
}

/** The first moment, now or later, at which there may be another. */
export function freeAt(pace: Pace, now: Instant, perMinute: number): Instant {
  if (pace === undefined) return now;
  return later(now, after(pace, microseconds(shareOf(perMinute) - MINUTE)));
}

const shareOf = (perMinute: number): Duration => microseconds(MINUTE / perMinute);
