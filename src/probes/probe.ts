/**
 * The one signature of every prober: a look now, and where the world offers it a notice without polling.
 *
 * A probe reports what it sees and decides nothing: intervals, timeouts, rise and fall belong to the runner.
 */

import type { Duration } from '../lib/time.ts';
import type { Outcome } from '../tracking/tracker.ts';

/** No evidence either way, such as a Docker engine that does not answer: the tracker keeps its health. */
export interface Inconclusive {
  readonly ok: undefined;
  readonly detail: string;
}

/** Without a finding: something changed, check now. With one: it counts as the result of a check. */
export type Notify = (finding?: Outcome) => void;

export interface Probe {
  /**
   * One look. Stops early when the signal aborts, which happens after `within` at the latest (the caller has counted a timeout by then).
   * Failing to look is a failed outcome, not an exception.
   */
  check(signal: AbortSignal, within: Duration): Promise<Outcome | Inconclusive>;
  /** Starts instant notices; the result ends them. */
  watch?(notify: Notify): () => void;
}

export const passed = (detail: string): Outcome => ({ ok: true, detail });
export const failed = (detail: string): Outcome => ({ ok: false, detail });
export const inconclusive = (detail: string): Inconclusive => ({ ok: undefined, detail });
