/** The measurement of timers and clocks, on this machine. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureTiming } from '../../../src/app/doctor/timing.ts';
import { milliseconds } from '../../../src/lib/time.ts';

function blockFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('an event loop that is held up shows as a late timer', async () => {
  setTimeout(blockFor, 30, 80);
  const { timers } = await measureTiming(milliseconds(200));
  assert.ok(timers.worstMs >= 60, `${timers.worstMs} ms`);
  assert.ok(timers.measuredMs >= 200, `${timers.measuredMs} ms`);
});

test('the wall clock keeps step with the monotonic one', async () => {
  const { clock } = await measureTiming(milliseconds(100));
  assert.ok(Math.abs(clock.stepMs) < 100, `${clock.stepMs} ms`);
  assert.ok(Math.abs(clock.wallMs - Date.now()) < 10_000);
});
