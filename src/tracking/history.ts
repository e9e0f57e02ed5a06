/** The last outcomes of a tracker, short and useful: a long run of successes does not push the failures out. */

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
