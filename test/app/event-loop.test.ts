/** How late the timers run: numbers from the first moment on. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openEventLoopMonitor } from '../../src/app/event-loop.ts';
import { waitFor } from '../support/wait.ts';

it('has numbers from the first moment, and sees a stall', async () => {
  const monitor = openEventLoopMonitor();
  try {
    assert.deepEqual(monitor.lag(), { meanLagMs: 0, maxLagMs: 0 });
    // The stall is measured from a sample before it.
    await waitFor(() => monitor.lag().meanLagMs > 0, { what: 'a sample', deadlineMs: 5_000 });
    const until = performance.now() + 200;
    while (performance.now() < until);
    await waitFor(() => monitor.lag().maxLagMs > 100, { what: 'the stall is seen', deadlineMs: 5_000 });
  } finally {
    monitor.close();
  }
});
