/** The proof that the checkers see: every bug of the list is caught, by a checker that is named with it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUGS } from './bugs.ts';
import { runScenario } from './scenario.ts';

/** Without a bug, the same seeds pass: fixed-seeds.test.ts. */
const SEEDS = 160;

for (const bug of BUGS) {
  const grouped = bug.join !== undefined || bug.inGroups === true;
  test(`caught: ${bug.name}`, async t => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation } = await runScenario(seed, { bug, grouped });
      if (violation === undefined) continue;
      const { checker, message } = violation;
      assert.ok(bug.caughtBy.includes(checker), `seed ${seed}: caught by ${checker} instead: ${message}`);
      t.diagnostic(`seed ${seed}, ${checker}: ${message}`);
      return;
    }
    assert.fail(`not caught with the seeds 1 to ${SEEDS}`);
  });
}
