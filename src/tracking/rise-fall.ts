/**
 * When a run of equal outcomes changes a tracker's health: keepalived's vrrp_script counter, as a step function.
 *
 * The counter lives in [0, rise + fall − 1]; the tracker is up from `rise` on. A result against the present health moves the
 * counter one step, a result with it resets the counter to its end: only consecutive results count. The first result decides at once,
 * whatever rise and fall are, because the counter starts at rise − 1 with nothing below it to lose.
 */

import { assert } from '../lib/assert.ts';
import type { Health } from './tracker.ts';

/** Consecutive results needed to go up and down; both at least 1. */
export interface RiseFall {
  readonly rise: number;
  readonly fall: number;
}

export interface RiseFallState {
  readonly health: Health;
  /** 0 to rise + fall − 1. */
  readonly counter: number;
}

/** Before the first result. */
export function undecided(limits: RiseFall): RiseFallState {
  assert(limits.rise >= 1 && limits.fall >= 1, `rise ${limits.rise} and fall ${limits.fall} are at least 1`);
  return { health: 'unknown', counter: limits.rise - 1 };
}

/** The state under other limits: the health stays, and a run against it begins anew. */
export function withLimits(limits: RiseFall, { health }: RiseFallState): RiseFallState {
  if (health === 'unknown') return undecided(limits);
  return { health, counter: health === 'up' ? limits.rise + limits.fall - 1 : 0 };
}

/** The state after one more result. */
export function observe(limits: RiseFall, state: RiseFallState, passed: boolean): RiseFallState {
  return passed ? rising(limits, state) : falling(limits, state);
}

function rising({ rise, fall }: RiseFall, { health, counter }: RiseFallState): RiseFallState {
  if (health === 'down' && counter < rise - 1) return { health, counter: counter + 1 };
  return { health: 'up', counter: rise + fall - 1 };
}

function falling({ rise }: RiseFall, { health, counter }: RiseFallState): RiseFallState {
  if (health === 'up' && counter > rise) return { health, counter: counter - 1 };
  return { health: 'down', counter: 0 };
}
