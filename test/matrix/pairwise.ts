/**
 * All-pairs selection: of many combinations a few, such that any two values that occur together anywhere occur together in one of the
 * few. Most faults of configurations take no more than two (Kuhn, Wallace, Gallo: Software Fault Interactions, 2004). Pure, and the same
 * choice for the same combinations.
 */

type Combination = Readonly<Record<string, string>>;

/** Greedy: each time the first of those that bring the most pairs not yet seen. In the order of the choice. */
export function pairwise<T extends Combination>(combinations: readonly T[]): T[] {
  const missing = new Set(combinations.flatMap(pairsOf));
  const chosen: T[] = [];
  while (missing.size > 0) {
    const gain = (candidate: T): number => pairsOf(candidate).filter(pair => missing.has(pair)).length;
    const best = combinations.reduce((first, next) => (gain(next) > gain(first) ? next : first));
    chosen.push(best);
    for (const pair of pairsOf(best)) missing.delete(pair);
  }
  return chosen;
}

/** Every two of the values, each with its dimension. */
export function pairsOf(combination: Combination): string[] {
  const values = Object.entries(combination).map(([dimension, value]) => `${dimension}: ${value}`);
  return values.flatMap((one, at) => values.slice(at + 1).map(other => `${one}, ${other}`));
}
