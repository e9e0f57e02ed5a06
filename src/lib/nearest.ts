/** "Did you mean …?": the closest of the valid names. The only place that imports fastest-levenshtein. */

import { closest, distance } from 'fastest-levenshtein';

/** The valid name that a misspelt one most likely stands for; undefined when none is within a third of its length (at least 2 edits). */
export function nearest(name: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0) return undefined;
  const best = closest(name, valid);
  return distance(name, best) <= Math.max(2, Math.floor(best.length / 3)) ? best : undefined;
}
