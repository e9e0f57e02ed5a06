/**
 * How late the timers of this process ran in the last minutes: the delay of the event loop, sampled (perf_hooks, monitorEventLoopDelay). Not
 * since the start: one stall of long ago would hide the next.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Status } from '../control/status.ts';

const RESOLUTION_MS = 20;
/** A stall is told for at least so long, and at most twice that. */
const SPAN_MS = 300_000;

export interface EventLoopMonitor {
  /** Of the last five to ten minutes; both are 0 until the first sample, some 20 ms after the monitor was opened. */
  lag(): Status['eventLoop'];
  close(): void;
}

/** `spanMs`: another span, in tests. */
export function openEventLoopMonitor(spanMs = SPAN_MS): EventLoopMonitor {
  // Both sample; once in a span the older begins anew and is the newer. So what a beginning misses, the other has.
  let [older, newer] = [openHistogram(), openHistogram()];
  const turning = setInterval(() => {
    older.reset();
    [older, newer] = [newer, older];
  }, spanMs).unref();
  return {
    lag: () =>
      older.count === 0
        ? { meanLagMs: 0, maxLagMs: 0 }
        : { meanLagMs: beyondResolution(older.mean), maxLagMs: beyondResolution(older.max) },
    close() {
      clearInterval(turning);
      older.disable();
      newer.disable();
    },
  };
}

function openHistogram(): ReturnType<typeof monitorEventLoopDelay> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

const beyondResolution = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
