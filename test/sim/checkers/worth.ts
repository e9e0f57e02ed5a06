/**
 * What a node is worth, computed a second time from what its trackers decided: keepalived's weights, as its manual has them. The
 * checkers believe this file, and it shares nothing with src/tracking.
 */

import type { TrackerView } from '../trace.ts';

const OWNER = 255;

/** What a tracker came to. */
type Decided = Pick<TrackerView, 'setup' | 'health' | 'value'>;

/** What one tracker adds; `against`: it keeps the router from taking part. */
interface Say {
  readonly points: number;
  readonly against: boolean;
}

export function worthOf(base: number, trackers: readonly Decided[]): number {
  if (base === OWNER) return OWNER;
  let sum = base;
  for (const tracker of trackers) sum += say(tracker).points;
  if (sum < 1) return 1;
  return sum > 254 ? 254 : sum;
}

/** Whether the trackers forbid to take part; an owner has no points, so that only weight 0 can. */
export function areAgainst(base: number, trackers: readonly Decided[]): boolean {
  return trackers.some(
    tracker => say(tracker).against && (base !== OWNER || tracker.setup.config.weight === 0),
  );
}

function say({ setup, health, value }: Decided): Say {
  const { weight, reverse } = setup.config;
  if (weight === 0) {
    const wanted = reverse ? 'down' : 'up';
    return { points: 0, against: health !== wanted };
  }
  if (value !== undefined) return sayNumber(value * (reverse ? -weight : weight));
  // A positive weight is earned while up, a negative one is the price of being down; reversed, the sign and the health turn over.
  const whenUp = reverse ? -Math.max(weight, 0) : Math.max(weight, 0);
  const whenDown = reverse ? Math.max(-weight, 0) : Math.min(weight, 0);
  if (health === 'unknown') return { points: Math.min(whenUp, whenDown), against: false };
  return { points: health === 'up' ? whenUp : whenDown, against: false };
}

function sayNumber(product: number): Say {
  if (product <= -254) return { points: -254, against: true };
  return { points: Math.min(product, 253), against: false };
}
