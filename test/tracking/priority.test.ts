/** keepalived's weight algebra, case by case and by properties. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { assess, type WeightedTracker } from '../../src/tracking/priority.ts';
import type { Health } from '../../src/tracking/tracker.ts';

const tracker = (weight: number, health: Health, name = 'nginx'): WeightedTracker => ({
  name,
  weight,
  health,
});
const effective = (base: number, ...trackers: WeightedTracker[]): number => assess(base, trackers).effective;

describe('effective priority', () => {
  it('adds a positive weight while up, and nothing while down or unknown', () => {
    assert.equal(effective(98, tracker(4, 'up')), 102);
    assert.equal(effective(98, tracker(4, 'down')), 98);
    assert.equal(effective(98, tracker(4, 'unknown')), 98);
  });

  it('subtracts a negative weight while down or unknown, and nothing while up', () => {
    assert.equal(effective(100, tracker(-30, 'up')), 100);
    assert.equal(effective(100, tracker(-30, 'down')), 70);
    assert.equal(effective(100, tracker(-30, 'unknown')), 70);
  });

  it('is in fault while a tracker of weight 0 is down or has no result yet', () => {
    assert.equal(assess(100, [tracker(0, 'up')]).fault, undefined);
    assert.equal(assess(100, [tracker(0, 'down')]).fault, 'tracker nginx is down');
    assert.equal(assess(100, [tracker(0, 'unknown')]).fault, 'tracker nginx: no result yet');
    assert.equal(assess(100, [tracker(0, 'down')]).effective, 100);
  });

  it('names every tracker that faults', () => {
    assert.equal(
      assess(100, [tracker(0, 'down', 'a'), tracker(0, 'unknown', 'b')]).fault,
      'tracker a is down; tracker b: no result yet',
    );
  });

  it('never changes the priority of an owner, and still faults it', () => {
    const assessment = assess(255, [tracker(-30, 'down'), tracker(20, 'up'), tracker(0, 'down', 'disk')]);
    assert.equal(assessment.effective, 255);
    assert.deepEqual(
      assessment.contributions.map(({ delta }) => delta),
      [0, 0, 0],
    );
    assert.equal(assessment.fault, 'tracker disk is down');
  });

  it('clamps to 1 and 254, the sum unclamped: saturation loses nothing', () => {
    assert.equal(effective(100, tracker(-200, 'down')), 1);
    assert.equal(effective(100, tracker(200, 'up')), 254);
    assert.equal(effective(200, tracker(200, 'up', 'a'), tracker(-150, 'down', 'b')), 250);
  });

  const anyTracker = fc.record({
    name: fc.string(),
    weight: fc.integer({ min: -254, max: 254 }),
    health: fc.constantFrom<Health>('unknown', 'up', 'down'),
  });

  it('is within 1 to 254, and the deltas of the contributions explain it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 254 }),
        fc.array(anyTracker, { maxLength: 8 }),
        (base, trackers) => {
          const { effective: priority, contributions, fault } = assess(base, trackers);
          const sum = contributions.reduce((total, { delta }) => total + delta, base);
          assert.equal(priority, Math.min(254, Math.max(1, sum)));
          assert.equal(contributions.length, trackers.length);
          assert.equal(
            fault !== undefined,
            contributions.some(contribution => contribution.fault),
          );
        },
      ),
    );
  });

  it('never falls when a tracker comes up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 255 }),
        fc.array(anyTracker, { minLength: 1, maxLength: 8 }),
        (base, trackers) => {
          const better = trackers.map((each, index) =>
            index === 0 ? { ...each, health: 'up' as const } : each,
          );
          assert.ok(assess(base, better).effective >= assess(base, trackers).effective);
        },
      ),
    );
  });
});
