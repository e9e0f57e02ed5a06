/** A router's priority as a bar: what counts (base and bonus) and what is lost, on a scale that all nodes share. */

import type { RouterShown } from './read-status.ts';
import { signed } from './words.ts';

export interface Segment {
  /** `base` and `plus` add up to the effective priority; `minus` is what the base lost. */
  readonly kind: 'base' | 'plus' | 'minus';
  /** The tracker; empty for the base. */
  readonly tracker: string;
  readonly amount: number;
}

/** In the order of drawing: base that is left, bonus, loss. */
export function segmentsOf({ basePriority, contributions }: RouterShown): Segment[] {
  const plus = contributions.filter(({ delta }) => delta > 0);
  const minus = contributions.filter(({ delta }) => delta < 0);
  const lost = minus.reduce((sum, { delta }) => sum - delta, 0);
  const segments: Segment[] = [
    { kind: 'base', tracker: '', amount: Math.max(0, basePriority - lost) },
    ...plus.map(({ tracker, delta }): Segment => ({ kind: 'plus', tracker, amount: delta })),
    ...minus.map(({ tracker, delta }): Segment => ({ kind: 'minus', tracker, amount: -delta })),
  ];
  return segments.filter(({ amount }) => amount > 0);
}

/** The longest bar of a virtual router, as a round number above it. */
export function scaleOf(routers: readonly RouterShown[]): number {
  const lengths = routers.map(router => segmentsOf(router).reduce((sum, { amount }) => sum + amount, 0));
  const longest = Math.max(10, ...lengths);
  // What no priority ever is loses its last digits by the rounding.
  return Math.max(longest, Math.ceil(longest / 10) * 10);
}

/** What a tracker's weight means, in words. */
export function ruleOf({ weight, reverse }: { readonly weight: number; readonly reverse: boolean }): string {
  if (weight === 0) return `fault when ${reverse ? 'up' : 'down'}`;
  return `weight ${signed(weight)}${reverse ? ', reversed' : ''}`;
}

/** In fault a router has no priority. */
export const hasNone = ({ state, contributions }: RouterShown): boolean =>
  state === 'fault' || contributions.some(({ fault }) => fault);
