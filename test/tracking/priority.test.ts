/** keepalived's weight algebra, case by case and by properties. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { assess, type WeightedTracker } from '../../src/tracking/priority.ts';
import type { Health } from '../../src/tracking/tracker.ts';

const tracker = (weight: number, health: Health, name = 'nginx'): WeightedTracker => ({
  name,
  weight,
  reverse: false,
  health,
  value: undefined,
});
const reversed = (weight: number, health: Health) => ({ ...tracker(weight, health), reverse: true });
const reading = (value: number, weight: number, reverse = false) => ({
  ...tracker(weight, value === 0 ? 'up' : 'down', 'file'),
  value,
  reverse,
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
    reverse: fc.boolean(),
    value: fc.constant(undefined),
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

  it('turns the rule over where it is reversed', () => {
    const deltas = (weight: number) =>
      (['up', 'down', 'unknown'] as const).map(health => effective(100, reversed(weight, health)) - 100);
    assert.deepEqual(deltas(30), [-30, 0, -30]);
    assert.deepEqual(deltas(-30), [0, 30, 0]);
    assert.equal(assess(100, [reversed(0, 'up')]).fault, 'tracker nginx is up, reversed');
    assert.equal(assess(100, [reversed(0, 'down')]).fault, undefined);
    assert.equal(assess(100, [reversed(0, 'unknown')]).fault, 'tracker nginx: no result yet');
  });

  it('is by reversing what the opposite weight makes of the opposite health', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -120, max: 120 }),
        fc.constantFrom<Health>('up', 'down'),
        (weight, health) => {
          const opposite = health === 'up' ? 'down' : 'up';
          const one = assess(127, [reversed(weight, health)]);
          const other = assess(127, [tracker(-weight + 0, opposite)]);
          assert.equal(one.effective, other.effective);
          assert.equal(one.fault === undefined, other.fault === undefined);
        },
      ),
    );
  });

  it('multiplies a number that is read by the weight, within −254 and 253', () => {
    assert.equal(effective(100, reading(5, -10)), 50);
    assert.equal(effective(100, reading(-5, 10)), 50);
    assert.equal(effective(100, reading(5, 10)), 150);
    assert.equal(effective(100, reading(5, 10, true)), 50);
    assert.deepEqual(
      assess(100, [reading(1_000, 3), reading(0, -7)]).contributions.map(({ delta }) => delta),
      [253, 0],
    );
  });

  it('is in fault at a product of −254, and with weight 0 at any number but 0', () => {
    assert.equal(assess(100, [reading(253, -1)]).fault, undefined);
    assert.equal(assess(100, [reading(254, -1)]).fault, 'tracker file is down');
    assert.equal(assess(255, [reading(254, -1)]).fault, undefined, 'an owner has no weights');
    assert.equal(assess(100, [reading(3, 0)]).fault, 'tracker file is down');
    assert.equal(assess(100, [reading(0, 0)]).fault, undefined);
    assert.equal(assess(100, [reading(0, 0, true)]).fault, 'tracker file is up, reversed');
  });

  it('never falls when a tracker comes up, nor when a reversed one goes down', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 255 }),
        fc.array(anyTracker, { minLength: 1, maxLength: 8 }),
        (base, trackers) => {
          const better = trackers.map((each, index) =>
            index === 0 ? { ...each, health: each.reverse ? ('down' as const) : ('up' as const) } : each,
          );
          assert.ok(assess(base, better).effective >= assess(base, trackers).effective);
        },
      ),
    );
  });
});
