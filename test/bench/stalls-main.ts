/**
 * How late this machine itself wakes a thread that does nothing: sleeps 2 ms at a time on the highest real-time priority, and prints
 * each wake-up that came late, as `BEGIN END` in ms of CLOCK_REALTIME. What delays it delays everything else too: a hypervisor that
 * gives the processor to somebody else, a kernel that holds on to it.
 *
 *     taskset --cpu-list N node stalls-main.js
 */

import { writeSync } from 'node:fs';
import { setScheduling } from '../../src/native/scheduling.ts';

const PERIOD_MS = 2;
const LATE_MS = 1;

setScheduling({ policy: 'rr', priority: 99 });
const nothing = new Int32Array(new SharedArrayBuffer(4));
let due = performance.now();
for (;;) {
  due += PERIOD_MS;
  Atomics.wait(nothing, 0, 0, Math.max(0, due - performance.now()));
  const now = performance.now();
  if (now - due < LATE_MS) continue;
  writeSync(1, `${performance.timeOrigin + due} ${performance.timeOrigin + now}\n`);
  due = now;
}
