/** Times over all moments of an interval. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anywhere, exactly, overMoments } from '../../src/explain/span.ts';
import { type Duration, microseconds, seconds } from '../../src/lib/time.ts';

const WHOLE = seconds(1);

describe('a time over all moments', () => {
  it('is one, or anywhere between two', () => {
    assert.deepEqual(
      overMoments(WHOLE, () => microseconds(7)),
      exactly(microseconds(7)),
    );
    const falling = (moment: Duration) => microseconds(3_000_000 - moment);
    assert.deepEqual(overMoments(WHOLE, falling), anywhere(2_000_000, 3_000_000));
    assert.deepEqual(overMoments(microseconds(0), falling), exactly(seconds(3)));
  });

  it('finds where it jumps', () => {
    for (const [at, jump] of [
      [1, 400_000],
      [123_457, 99_000],
      [571_847, 800_000],
      [999_999, 5_000],
    ] as const) {
      const early = seconds(2);
      const time = (moment: Duration) => microseconds(moment < at ? early : early + jump - (moment - at));
      const { least, typical, worst } = overMoments(WHOLE, time);
      const rest = WHOLE - at;
      assert.equal(worst, early + jump);
      assert.equal(least, Math.min(early, early + jump - rest));
      const average = early + ((jump - rest / 2) * rest) / WHOLE;
      assert.ok(Math.abs(typical - average) <= 2, `${typical} is about ${average}`);
    }
  });
});
