/** Scenarios that nobody has seen before; the seed is printed, and shows them again. */

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { describeFinding } from './findings.ts';
import { runScenario } from './scenario.ts';

const SCENARIOS = 300;
const first = randomInt(2 ** 32);

test(`no checker fires with ${SCENARIOS} fresh seeds`, async t => {
  t.diagnostic(`seeds ${first} to ${first + SCENARIOS - 1}`);
  for (let seed = first; seed < first + SCENARIOS; seed++) {
    const outcome = await runScenario(seed);
    if (outcome.violation !== undefined) assert.fail(await describeFinding(outcome));
  }
});
