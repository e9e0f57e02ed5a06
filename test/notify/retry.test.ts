/** Pauses between tries: they grow to a bound, and end by number and by time. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { after, inMilliseconds, instant, seconds } from '../../src/lib/time.ts';
import { FIRST_PAUSE, LONGEST_PAUSE, NO_RETRY, pauseAfter, type Retry } from '../../src/notify/retry.ts';

/** All pauses, where each try fails at once. */
function pausesOf(retry: Retry): number[] {
  const pauses: number[] = [];
  const began = instant(0);
  let now = began;
  for (;;) {
    const pause = pauseAfter(pauses.length + 1, retry, began, now);
    if (pause === undefined) return pauses;
    pauses.push(inMilliseconds(pause));
    now = after(now, pause);
  }
}

it('the pauses double up to the longest, as many as there are tries', () => {
  assert.deepEqual(
    pausesOf({ attempts: 10, within: seconds(300) }),
    [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000],
  );
});

it('no try begins after the time for them is up', () => {
  assert.deepEqual(pausesOf({ attempts: 10, within: seconds(4) }), [500, 1_000, 2_000]);
});

it('what is told once has no pause', () => {
  assert.deepEqual(pausesOf(NO_RETRY), []);
});

it('whatever is wanted, it ends in time, and each pause is within its bounds', () => {
  const retries = fc.record({
    attempts: fc.integer({ min: 1, max: 20 }),
    within: fc.integer({ min: 1, max: 3_600 }).map(seconds),
  });
  fc.assert(
    fc.property(retries, retry => {
      const pauses = pausesOf(retry);
      assert.ok(pauses.length < retry.attempts);
      assert.ok(pauses.reduce((sum, pause) => sum + pause, 0) <= inMilliseconds(retry.within));
      for (const pause of pauses)
        assert.ok(pause >= inMilliseconds(FIRST_PAUSE) && pause <= inMilliseconds(LONGEST_PAUSE));
    }),
  );
});
