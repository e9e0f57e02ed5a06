/** The hand-over in milliseconds, as `npm run bench -- failover` measures it, against its bounds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEDIAN_BOUND_MS, measureFailover, WORST_BOUND_MS } from '../bench/failover.ts';

const RUNS = 20;
/** What else the machine does can spoil a measurement, but not every one. */
const ATTEMPTS = 3;

test(`nginx killed: median of ${RUNS} within ${MEDIAN_BOUND_MS} ms, worst within ${WORST_BOUND_MS} ms`, async context => {
  let said = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { valuesMs, medianMs, worstMs } = await measureFailover(RUNS);
    said = `median ${medianMs.toFixed(1)} ms, worst ${worstMs.toFixed(1)} ms: ${valuesMs.map(ms => ms.toFixed(1)).join(' ')}`;
    context.diagnostic(said);
    if (medianMs <= MEDIAN_BOUND_MS && worstMs <= WORST_BOUND_MS) return;
  }
  assert.fail(said);
});
