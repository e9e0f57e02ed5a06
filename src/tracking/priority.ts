/**
 * From the trackers' health to the effective priority: keepalived's weight algebra, recomputed from scratch each time so that no
 * order of events can leave a residue.
 *
 * effective = clamp(base + Σ contributions, 1, 254); the sum itself is not clamped, so saturation loses nothing. An owner (255)
 * never changes its priority; weight 0 still faults it.
 *
 * | weight | up | down  | reversed: up | down |
 * |--------|----|-------|--------------|------|
 * | +w     | +w | 0     | −w           | 0    |
 * | −w     | 0  | −w    | 0            | +w   |
 * | 0      | 0  | fault | fault        | 0    |
 *
 * Reversing turns over both the sign and the health. A tracker that reads a number (a file) adds number × weight instead, −254 to 253,
 * and −254 is fault.
 */

import type { Contribution, Health } from './tracker.ts';

/** The priority of the address owner (RFC 9568 §5.2.4). */
const OWNER = 255;
const LOWEST = 1;
const HIGHEST = 254;

/** What a number read can add at most, and what counts as fault. */
const HIGHEST_DELTA = 253;
const FAULT_DELTA = -254;

export interface WeightedTracker {
  readonly name: string;
  /** −254 to 254. */
  readonly weight: number;
  readonly reverse: boolean;
  readonly health: Health;
  /** The number behind the health, of a tracker that reads one; undefined for every other, and before the first. */
  readonly value: number | undefined;
}

export interface Assessment {
  /** 1 to 254, or 255 for an owner. */
  readonly effective: number;
  readonly contributions: readonly Contribution[];
  /** Why the router must be in fault; undefined when it need not. */
  readonly fault: string | undefined;
}

/** What the trackers make of a base priority. A tracker without a result yet counts as the worse of both: it has not earned its points. */
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

function contribute(tracker: WeightedTracker, owner: boolean): Contribution {
  const { name, health, weight, reverse } = tracker;
  const good = health === (reverse ? 'down' : 'up');
  const delta = owner || weight === 0 ? 0 : deltaOf(tracker, reverse ? -weight : weight, good);
  const fault = weight === 0 ? !good : delta <= FAULT_DELTA && tracker.value !== undefined;
  return { tracker: name, health, weight, reverse, delta, fault };
}

function deltaOf({ value }: WeightedTracker, weight: number, good: boolean): number {
  if (value === 0) return 0;
  if (value !== undefined) return Math.min(HIGHEST_DELTA, Math.max(FAULT_DELTA, value * weight));
  return weight > 0 === good ? weight : 0;
}

function describeFault({ tracker, health, reverse }: Contribution): string {
  if (health === 'unknown') return `tracker ${tracker}: no result yet`;
  return `tracker ${tracker} is ${health}${reverse ? ', reversed' : ''}`;
}
