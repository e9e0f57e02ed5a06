/** keepalived's vrrp_script counter: reference by an independent model, and its known edges by name. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { observe, type RiseFall, undecided } from '../../src/tracking/rise-fall.ts';
import type { Health } from '../../src/tracking/tracker.ts';

/** The health after each of the results, written as `+` and `-`. */
function run(limits: RiseFall, results: string): Health[] {
  let state = undecided(limits);
  return [...results].map(result => {
    state = observe(limits, state, result === '+');
    return state.health;
  });
}

const last = (limits: RiseFall, results: string): Health | undefined => run(limits, results).at(-1);

/** Whether the last so many results are there and equal. */
function lastAgree(results: readonly boolean[], needed: number): boolean {
  const streak = results.slice(-needed);
  return streak.length === needed && new Set(streak).size === 1;
}

describe('rise and fall', () => {
  it('is unknown before the first result', () => {
    assert.equal(undecided({ rise: 2, fall: 3 }).health, 'unknown');
  });

  it('lets the first result decide at once, whatever rise and fall are', () => {
    assert.equal(last({ rise: 5, fall: 5 }, '+'), 'up');
    assert.equal(last({ rise: 5, fall: 5 }, '-'), 'down');
  });

  it('goes down after fall consecutive failures and not before', () => {
    assert.deepEqual(run({ rise: 1, fall: 3 }, '+---'), ['up', 'up', 'up', 'down']);
  });

  it('goes up after rise consecutive successes and not before', () => {
    assert.deepEqual(run({ rise: 3, fall: 1 }, '-+++'), ['down', 'down', 'down', 'up']);
  });

  it('begins again after a single opposite result', () => {
    assert.equal(last({ rise: 1, fall: 3 }, '+--+--'), 'up');
    assert.equal(last({ rise: 1, fall: 3 }, '+--+---'), 'down');
    assert.equal(last({ rise: 3, fall: 1 }, '-++-++'), 'down');
    assert.equal(last({ rise: 3, fall: 1 }, '-++-+++'), 'up');
  });

  it('with rise and fall 1 follows every result', () => {
    assert.deepEqual(run({ rise: 1, fall: 1 }, '+-+-'), ['up', 'down', 'up', 'down']);
  });

  it('refuses limits below 1', () => {
    assert.throws(() => undecided({ rise: 0, fall: 1 }), /at least 1/);
  });

  it('changes exactly when the last rise (fall) results agree, and stays in [0, rise + fall - 1]', () => {
    const limit = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(
        limit,
        limit,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
        (rise, fall, results) => {
          let state = undecided({ rise, fall });
          let model: Health = 'unknown';
          results.forEach((passed, index) => {
            state = observe({ rise, fall }, state, passed);
            const agrees = lastAgree(results.slice(0, index + 1), passed ? rise : fall);
            if (model === 'unknown' || agrees) model = passed ? 'up' : 'down';
            assert.equal(state.health, model);
            assert.ok(state.counter >= 0 && state.counter <= rise + fall - 1);
            assert.equal(state.counter >= rise, state.health === 'up');
          });
        },
      ),
    );
  });
});
