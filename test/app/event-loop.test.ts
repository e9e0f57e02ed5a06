/** How late the timers run: numbers from the first moment on, a stall is seen, and forgotten in time. */

import assert from 'node:assert/strict';
import { afterEach, it } from 'node:test';
import { type EventLoopMonitor, openEventLoopMonitor } from '../../src/app/event-loop.ts';
import { waitFor } from '../support/wait.ts';

const STALL_MS = 200;

let monitor: EventLoopMonitor | undefined;
afterEach(() => monitor?.close());

async function stallBeside({ lag }: EventLoopMonitor): Promise<void> {
  // The stall is measured from a sample before it.
  await waitFor(() => lag().meanLagMs > 0, { what: 'a sample', deadlineMs: 5_000 });
  const until = performance.now() + STALL_MS;
  while (performance.now() < until);
  await waitFor(() => lag().maxLagMs > STALL_MS / 2, { what: 'the stall is seen', deadlineMs: 5_000 });
}

it('has numbers from the first moment, and sees a stall', async () => {
  monitor = openEventLoopMonitor();
  assert.deepEqual(monitor.lag(), { meanLagMs: 0, maxLagMs: 0 });
  await stallBeside(monitor);
});

it('tells of the last minutes only', async () => {
  const spanMs = 500;
  monitor = openEventLoopMonitor(spanMs);
  const { lag } = monitor;
  await stallBeside(monitor);
  const seenMs = performance.now();
  await waitFor(() => lag().maxLagMs < STALL_MS / 2, { what: 'the stall is forgotten', deadlineMs: 10_000 });
  const keptMs = performance.now() - seenMs;
  assert.ok(keptMs >= spanMs / 4, `it was forgotten after ${keptMs} ms`);
  assert.ok(lag().meanLagMs < STALL_MS / 2);
});
