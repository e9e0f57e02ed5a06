/**
 * Small systems of linear inequalities over positive whole numbers: bounds are tightened until nothing moves, then the first free
 * variable is tried from its smallest value up.
 */

/** Σ plus − Σ minus ≥ atLeast. */
export interface Inequality {
  readonly plus: readonly string[];
  readonly minus: readonly string[];
  readonly atLeast: number;
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

type Domain = ReadonlyMap<string, Bounds>;

/** Tries before giving up. */
const MOST_TRIES = 500;

/** A value from 1 to `most` for each variable, small ones first; undefined when there are none, or none were found in bounded time. */
export function solve(
  variables: readonly string[],
  inequalities: readonly Inequality[],
  most: number,
): ReadonlyMap<string, number> | undefined {
  const start: Domain = new Map(variables.map(name => [name, { low: 1, high: most }]));
  const open: Domain[] = [start];
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const next = open.pop();
    if (next === undefined) return undefined;
    const domain = tighten(next, inequalities);
    if (domain === undefined) continue;
    const free = [...domain].find(([, { low, high }]) => low < high);
    if (free === undefined) return new Map([...domain].map(([name, { low }]) => [name, low]));
    const [name, { low, high }] = free;
    open.push(
      new Map(domain).set(name, { low: low + 1, high }),
      new Map(domain).set(name, { low, high: low }),
    );
  }
  return undefined;
}

/** The bounds that all inequalities leave; undefined when they leave nothing. */
function tighten(domain: Domain, inequalities: readonly Inequality[]): Domain | undefined {
  const bounds = new Map(domain);
  for (let moved = true; moved; ) {
    moved = false;
    for (const inequality of inequalities) {
      const outcome = apply(inequality, bounds);
      if (outcome === 'empty') return undefined;
      moved ||= outcome === 'moved';
    }
  }
  return bounds;
}

function apply(
  { plus, minus, atLeast }: Inequality,
  bounds: Map<string, Bounds>,
): 'same' | 'moved' | 'empty' {
  const at = (name: string): Bounds => bounds.get(name) ?? { low: 0, high: 0 };
  const highest = plus.reduce((sum, name) => sum + at(name).high, 0);
  const lowest = minus.reduce((sum, name) => sum + at(name).low, 0);
  const slack = highest - lowest - atLeast;
  if (slack < 0) return 'empty';
  let moved = false;
  for (const name of plus) {
    const { low, high } = at(name);
    if (high - slack > low) {
      bounds.set(name, { low: high - slack, high });
      moved = true;
    }
  }
  for (const name of minus) {
    const { low, high } = at(name);
    if (low + slack < high) {
      bounds.set(name, { low, high: low + slack });
      moved = true;
    }
  }
  return moved ? 'moved' : 'same';
}
