/** Tests that share one pair: each begins with a pair that works, repaired when the test before it failed. */

import { after, before, it, type TestContext } from 'node:test';
import { Pair } from './docker-pair.ts';

const SET_UP_MS = 600_000;
const SCENARIO_MS = 150_000;

export type Scenario = (name: string, act: (pair: Pair, context: TestContext) => Promise<void>) => void;

/** Call inside `describe`: starts a pair before its tests and ends it after them. Returns what to use in place of `it`. */
export function withPair(): Scenario {
  let pair: Pair | undefined;
  let unfinished = false;
  before(
    async () => {
      pair = await Pair.start(line => process.stdout.write(`${line}\n`));
    },
    { timeout: SET_UP_MS },
  );
  after(() => pair?.close());
  return (name, act) => {
    it(name, { timeout: SCENARIO_MS }, async context => {
      if (pair === undefined) throw new Error('no pair was started');
      if (unfinished) await pair.repair();
      unfinished = true;
      await act(pair, context);
      unfinished = false;
    });
  };
}
