/** Whether the kernel schedules Locum as it is configured to. Pure; the kernel was asked elsewhere. */

import { about, type Line } from './line.ts';
import type { KnownProblem } from './problems.ts';

export interface SchedulingFacts {
  /** As configured: `rr, priority 1`; undefined when nothing was asked for. */
  readonly wanted: string | undefined;
  readonly problems: readonly KnownProblem[];
}

/** No line when nothing was asked for. */
export function schedulingLines({ wanted, problems }: SchedulingFacts): Line[] {
  const line = about('scheduling');
  if (problems.length > 0)
    return problems.map(({ what, fix }) => line.warn(`${wanted ?? ''} ${what}`.trim(), fix));
  return wanted === undefined ? [] : [line.ok(`${wanted}: the kernel agrees`)];
}
