/** All subsets of a few things. */

/** The empty one first, in the order of the items; 2^n of them, so n is small. */
export function subsets<T>(items: readonly T[]): (readonly T[])[] {
  const sets: (readonly T[])[] = [[]];
  for (const item of items) for (const set of sets.slice()) sets.push([...set, item]);
  return sets;
}
