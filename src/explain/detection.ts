/**
 * How long it takes from a change at the source until a tracker's health follows: an instant notice, or checks on the interval
 * until rise or fall is reached. The arithmetic of tracking/rise-fall.ts over the checks of a tracker at work.
 */

import type { Duration } from '../lib/time.ts';
import type { TrackerModel } from './model.ts';
import { anywhere, type Span } from './span.ts';

/** From the failure at its source until it counts. */
export function untilFailed(tracker: TrackerModel): Span {
  return untilDecided(tracker, tracker.reverse ? tracker.rise : tracker.fall, tracker.notice.failure);
}

/** From the recovery at its source until it counts. */
export function untilRecovered(tracker: TrackerModel): Span {
  return untilDecided(tracker, tracker.reverse ? tracker.fall : tracker.rise, tracker.notice.recovery);
}

/** A notice is the first of the results that are needed, and comes at once; checks give the others, one an interval. */
function untilDecided(tracker: TrackerModel, results: number, notice: Duration | undefined): Span {
  const { interval, timeout } = tracker;
  if (notice !== undefined) {
    const span = anywhere(Math.max(0, results - 2) * interval, (results - 1) * interval);
    return { ...span, worst: (span.worst + notice) as Duration };
  }
  const span = anywhere((results - 1) * interval, results * interval);
  // The last check may hang until its timeout instead of failing at once.
  return { ...span, worst: (span.worst + timeout) as Duration };
}
