/** What is kept of a tracker's past, short and useful: a long run of successes does not push the failures out of the last outcomes. */

import { between, type Instant, seconds } from '../lib/time.ts';

/** Entries kept. */
export const HISTORY_LIMIT = 10;

/** Appends an entry, oldest first; when full, the oldest success before it goes, or the oldest failure when there is none. */
export function remember<T extends { readonly ok: boolean }>(
  history: readonly T[],
  entry: T,
  limit: number = HISTORY_LIMIT,
): readonly T[] {
  if (history.length < limit) return [...history, entry];
  const success = history.findIndex(({ ok }) => ok);
  return [...history.toSpliced(Math.max(success, 0), 1), entry];
}

/** Changes kept: a tracker that flaps faster is counted to this. */
export const CHANGES_LIMIT = 100;
const RECENT = seconds(60);

/** Appends a change of health, and forgets those that are no longer recent. */
export function rememberChange(changes: readonly Instant[], now: Instant): readonly Instant[] {
  return [...recent(changes, now), now].slice(-CHANGES_LIMIT);
}

/** How often the health changed within the last minute, at most {@link CHANGES_LIMIT}. */
export const recentChanges = (changes: readonly Instant[], now: Instant): number =>
  recent(changes, now).length;

function recent(changes: readonly Instant[], now: Instant): readonly Instant[] {
  return changes.filter(at => between(at, now) <= RECENT);
}
