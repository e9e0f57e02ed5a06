/**
 * From the trackers' health to the effective priority: keepalived's weight algebra, recomputed from scratch each time so that no
 * order of events can leave a residue.
 *
 * effective = clamp(base + Σ contributions, 1, 254); the sum itself is not clamped, so saturation loses nothing. +w counts while
 * up, −w while down, weight 0 is fault while down. An owner (255) never changes its priority; weight 0 still faults it.
 */

import type { Contribution, Health } from './tracker.ts';

/** The priority of the address owner (RFC 9568 §5.2.4). */
const OWNER = 255;
const LOWEST = 1;
const HIGHEST = 254;

export interface WeightedTracker {
  readonly name: string;
  /** −254 to 254. */
  readonly weight: number;
  readonly health: Health;
}

export interface Assessment {
  /** 1 to 254, or 255 for an owner. */
  readonly effective: number;
  readonly contributions: readonly Contribution[];
  /** Why the router must be in fault; undefined when it need not. */
  readonly fault: string | undefined;
}

/** What the trackers make of a base priority. A tracker without a result yet counts as down: it has not earned its points. */
export function assess(base: number, trackers: readonly WeightedTracker[]): Assessment {
  const contributions = trackers.map(tracker => contribute(tracker, base === OWNER));
  const total = contributions.reduce((sum, { delta }) => sum + delta, base);
  const faults = contributions.filter(({ fault }) => fault).map(describeFault);
  return {
    effective: base === OWNER ? OWNER : Math.min(HIGHEST, Math.max(LOWEST, total)),
    contributions,
    fault: faults.length === 0 ? undefined : faults.join('; '),
  };
}

function contribute({ name, weight, health }: WeightedTracker, owner: boolean): Contribution {
  const up = health === 'up';
  const counts = !owner && (weight > 0 ? up : !up);
  return { tracker: name, health, weight, delta: counts ? weight : 0, fault: weight === 0 && !up };
}

function describeFault({ tracker, health }: Contribution): string {
  return health === 'unknown' ? `tracker ${tracker}: no result yet` : `tracker ${tracker} is down`;
}
