/** What is fuzzed: a maker of inputs, a judge of what the code did with one, and how an input is shown and made smaller. */

import type { Random } from '../sim/random.ts';

export interface Judgement {
  /** What became of the input in a word or two, to count by. */
  readonly outcome: string;
  /** What is wrong with that; undefined when nothing is. */
  readonly problem: string | undefined;
}

/** Whatever the judge throws is a problem, too, and so is taking long. */
export interface Target<Input = unknown> {
  readonly name: string;
  /** An input that takes longer, every time, is a problem. */
  readonly boundMs: number;
  readonly make: (random: Random) => Input;
  readonly judge: (input: Input) => Judgement | Promise<Judgement>;
  /** The input without what is not needed for `fails`. */
  readonly minimise: (input: Input, fails: Fails<Input>) => Promise<Input>;
  /** As somebody needs it who looks into it, several lines. */
  readonly show: (input: Input) => string;
}

/** Whether a smaller input still fails as the first did. */
export type Fails<Input> = (smaller: Input) => Promise<boolean>;

/** Of how many attempts to make something smaller. */
const MOST_ATTEMPTS = 3_000;

/** Leaves out runs of items, ever shorter ones, as long as what is left still fails. */
export async function withoutNeedless<T>(
  items: readonly T[],
  fails: Fails<readonly T[]>,
): Promise<readonly T[]> {
  let left = items;
  let attempts = 0;
  for (let run = left.length >> 1; run >= 1; run >>= 1) {
    for (let at = 0; at < left.length && attempts < MOST_ATTEMPTS; attempts++) {
      const fewer = [...left.slice(0, at), ...left.slice(at + run)];
      if (await fails(fewer)) left = fewer;
      else at += run;
    }
  }
  return left;
}

/** Replaces items by a plain one, as long as the whole still fails. */
export async function plainer<T>(
  items: readonly T[],
  plain: T,
  fails: Fails<readonly T[]>,
): Promise<readonly T[]> {
  let left = items;
  for (let at = 0; at < left.length && at < MOST_ATTEMPTS; at++) {
    if (left[at] === plain) continue;
    const other = left.with(at, plain);
    if (await fails(other)) left = other;
  }
  return left;
}
