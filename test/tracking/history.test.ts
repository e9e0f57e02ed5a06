/** A bounded history in which failures outlive successes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Instant, instant, seconds } from '../../src/lib/time.ts';
import {
  CHANGES_LIMIT,
  HISTORY_LIMIT,
  recentChanges,
  remember,
  rememberChange,
} from '../../src/tracking/history.ts';

interface Entry {
  readonly ok: boolean;
  readonly number: number;
}

const fill = (results: readonly boolean[]): readonly Entry[] =>
  results.reduce<readonly Entry[]>((history, ok, number) => remember(history, { ok, number }), []);

describe('history', () => {
  it('keeps a failure through any run of successes', () => {
    const history = fill([false, ...Array.from({ length: 100 }, () => true)]);
    assert.deepEqual(history[0], { ok: false, number: 0 });
    assert.equal(history.at(-1)?.number, 100);
  });

  it('loses the oldest failure when there are only failures', () => {
    const history = fill(Array.from({ length: HISTORY_LIMIT + 1 }, () => false));
    assert.equal(history[0]?.number, 1);
  });

  it('is bounded, in order, ends with the newest and holds the last failure', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 80 }), results => {
        const history = fill(results);
        const numbers = history.map(({ number }) => number);
        assert.equal(history.length, Math.min(results.length, HISTORY_LIMIT));
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
        assert.equal(numbers.at(-1), results.length - 1);
        const failure = results.lastIndexOf(false);
        assert.ok(failure === -1 || numbers.includes(failure));
      }),
    );
  });
});

describe('changes of health', () => {
  const at = (second: number): Instant => instant(seconds(second));
  const changed = (...times: number[]) =>
    times.reduce<readonly Instant[]>((changes, time) => rememberChange(changes, at(time)), []);

  it('are counted for a minute', () => {
    const changes = changed(0, 10, 30);
    assert.equal(recentChanges(changes, at(30)), 3);
    assert.equal(recentChanges(changes, at(65)), 2);
    assert.equal(recentChanges(changes, at(91)), 0);
    assert.equal(rememberChange(changes, at(100)).length, 1, 'old ones are forgotten');
  });

  it('are kept to a bound, however fast it flaps', () => {
    const changes = changed(...Array.from({ length: 1_000 }, (_, i) => i / 100));
    assert.equal(changes.length, CHANGES_LIMIT);
    assert.equal(recentChanges(changes, at(10)), CHANGES_LIMIT);
  });
});
