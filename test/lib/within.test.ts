/** Waiting with a bound: what comes in time is given as it is, and no timer is left behind. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { within } from '../../src/lib/within.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

test('a result or a failure that comes in time is given, and the timer is gone', async () => {
  const clock = new VirtualClock();
  assert.equal(await within(clock, seconds(1), Promise.resolve('result')), 'result');
  await assert.rejects(within(clock, seconds(1), Promise.reject(new Error('failed'))), /^Error: failed$/);
  assert.equal(clock.armed, 0);
});

test('what takes longer is waited for no longer', async () => {
  const clock = new VirtualClock();
  const waited = within(clock, seconds(1), new Promise(() => undefined));
  let isOver = false;
  void waited.then(() => {
    isOver = true;
  });
  await clock.pass(milliseconds(999));
  assert.equal(isOver, false);
  await clock.pass(milliseconds(1));
  assert.equal(await waited, undefined);
});
