/** What is checked in every cell, in the order of the play, and what a cell answers. */

export const CHECKS = ['elected', 'handed over', 'came back', 'took over', 'no complaint', 'tshark'] as const;

export type Check = (typeof CHECKS)[number];

export interface Verdict {
  /** What failed; undefined: nothing. */
  readonly failure?: string;
  /** From the end of one master to the next, where that was measured. */
  readonly seconds?: number;
  /** What was seen and is known: why it is no failure. */
  readonly known?: readonly string[];
}

/** A check that was not reached has no verdict. */
export type Outcome = Readonly<Partial<Record<Check, Verdict>>>;
