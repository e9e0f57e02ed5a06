/** How late the timers of this process run: the delay of the event loop, sampled (perf_hooks, monitorEventLoopDelay). */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Status } from '../control/status.ts';

const RESOLUTION_MS = 20;

export interface EventLoopMonitor {
  /** Since the monitor was opened; both are 0 until the first sample, some 20 ms later. */
  lag(): Status['eventLoop'];
  close(): void;
}

export function openEventLoopMonitor(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const beyondResolution = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    lag: () =>
      histogram.count === 0
        ? { meanLagMs: 0, maxLagMs: 0 }
        : { meanLagMs: beyondResolution(histogram.mean), maxLagMs: beyondResolution(histogram.max) },
    close: () => void histogram.disable(),
  };
}
