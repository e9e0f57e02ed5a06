/** How late timers are in this process, and whether the wall clock keeps step with the monotonic one; measured side by side. */

import type { ClockFacts } from '../../doctor/clock.ts';
import type { TimerFacts } from '../../doctor/timers.ts';
import { type Duration, inMilliseconds } from '../../lib/time.ts';
import { isClockSynchronised } from '../../native/clock-state.ts';

const TICK_MS = 5;

export interface Timing {
  readonly timers: Omit<TimerFacts, 'intervalMs'>;
  readonly clock: ClockFacts;
}

export async function measureTiming(duration: Duration): Promise<Timing> {
  const began = readClocks();
  const worstMs = await worstLateness(began.monotonicMs + inMilliseconds(duration));
  const ended = readClocks();
  const measuredMs = ended.monotonicMs - began.monotonicMs;
  return {
    timers: { worstMs, measuredMs },
    clock: {
      stepMs: ended.wallMs - began.wallMs - measuredMs,
      measuredMs,
      wallMs: ended.wallMs,
      synchronised: isClockSynchronised(),
    },
  };
}

function readClocks(): { readonly monotonicMs: number; readonly wallMs: number } {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

/** A timer each few milliseconds until the end, as the adverts of a fast virtual router would need them. */
function worstLateness(endMs: number): Promise<number> {
  return new Promise(resolve => {
    let worst = 0;
    const arm = (): void => {
      const due = performance.now() + TICK_MS;
      setTimeout(() => {
        const now = performance.now();
        worst = Math.max(worst, now - due);
        if (now < endMs) arm();
        else resolve(worst);
      }, TICK_MS);
    };
    arm();
  });
}
