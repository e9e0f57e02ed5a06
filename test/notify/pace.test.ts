/** How fast one is told of a router: a minute's worth at once, then evenly. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { type Instant, instant, later, milliseconds, seconds } from '../../src/lib/time.ts';
import { freeAt, notePace, type Pace } from '../../src/notify/pace.ts';

/** When each of those that come at these moments is told, in µs. */
function toldAt(comings: readonly number[], perMinute: number): Instant[] {
  let pace: Pace;
  let now = instant(0);
  return comings.map(coming => {
    now = freeAt(pace, later(now, instant(coming)), perMinute);
    pace = notePace(pace, now, perMinute);
    return now;
  });
}

it('a minute of them is told at once, the next after a share of a minute each', () => {
  const told = toldAt(
    Array.from({ length: 7 }, () => 0),
    4,
  );
  assert.deepEqual(
    told,
    [0, 0, 0, 0, 15, 30, 45].map(each => seconds(each)),
  );
});

it('after a quiet minute as many may come at once again', () => {
  const minute = seconds(60);
  assert.deepEqual(toldAt([0, 0, minute, minute, minute], 2), [0, 0, minute, minute, minute + seconds(30)]);
});

it('whatever comes, within any minute there are less than two of it, and none waits longer than a share for its turn', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: milliseconds(40_000) }), { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 30 }), (all, perMinute) => {
      let sum = 0;
      const comings = all.map(gap => {
        sum += gap;
        return sum;
      });
      const told = toldAt(comings, perMinute);
      told.forEach((at, i) => {
        const within = told.filter(each => each > at - seconds(60) && each <= at).length;
        assert.ok(within < 2 * perMinute || perMinute === 1, `${within} of ${perMinute}`);
        const free = Math.max(comings[i] ?? 0, (told[i - 1] ?? 0) + Math.ceil(seconds(60) / perMinute));
        assert.ok(at <= free, `told at ${at}, free at ${free}`);
      });
    }),
  );
});
