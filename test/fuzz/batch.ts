/** A run of inputs of one target: each follows from a seed of its own, so that one number shows it again. */

import { Random } from '../sim/random.ts';
import type { Judgement, Target } from './target.ts';

export interface Batch {
  readonly target: string;
  /** The seed of the first input; the next one has the next. */
  readonly first: number;
  readonly count: number;
}

export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly problem: string;
  /** The smallest input that was found to fail, as its target shows it. */
  readonly input: string;
}

export interface BatchResult {
  readonly batch: Batch;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  /** The longest that one input took. */
  readonly slowestMs: number;
}

const TRIES = 3;
/** For making a finding smaller. */
const MINIMISE_MS = 5_000;
const FINDINGS_AT_MOST = 3;

/** `began` is told the number of each input before it is judged. */
export async function runBatch<Input>(
  target: Target<Input>,
  batch: Batch,
  began: (number: number) => void = () => {},
): Promise<BatchResult> {
  const outcomes: Record<string, number> = {};
  const findings: Finding[] = [];
  let slowestMs = 0;
  for (let i = 0; i < batch.count && findings.length < FINDINGS_AT_MOST; i++) {
    began(i);
    const seed = batch.first + i;
    const input = target.make(new Random(seed));
    const elapsed = stopwatch();
    const { outcome, problem } = await judged(target, input);
    const tookMs = elapsed();
    slowestMs = Math.max(slowestMs, tookMs);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const slow = tookMs > target.boundMs ? await slowness(target, input) : undefined;
    if (problem !== undefined) findings.push(await findingOf(target, seed, input, problem));
    else if (slow !== undefined)
      findings.push({ target: target.name, seed, problem: slow, input: target.show(input) });
  }
  return { batch, outcomes, findings, slowestMs };
}

/** Throwing is a problem like any other. */
export async function judged<Input>(target: Target<Input>, input: Input): Promise<Judgement> {
  try {
    return await target.judge(input);
  } catch (thrown) {
    const what = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { outcome: 'threw', problem: `threw ${what.split('\n').slice(0, 4).join('\n')}` };
  }
}

/** What is slow once may have met a collection, or a compiler; what is slow is slow every time. */
async function slowness<Input>(target: Target<Input>, input: Input): Promise<string | undefined> {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const elapsed = stopwatch();
    await judged(target, input);
    leastMs = Math.min(leastMs, elapsed());
  }
  return leastMs > target.boundMs ? `takes ${leastMs.toFixed(0)} ms every time` : undefined;
}

/** The milliseconds since, without those in which the machine did something else: no more than the process had of a processor. */
function stopwatch(): () => number {
  const began = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return Math.min(performance.now() - began, (user + system) / 1_000);
  };
}

async function findingOf<Input>(
  target: Target<Input>,
  seed: number,
  input: Input,
  problem: string,
): Promise<Finding> {
  const { outcome } = await judged(target, input);
  const until = performance.now() + MINIMISE_MS;
  const fails = async (smaller: Input): Promise<boolean> => {
    if (performance.now() > until) return false;
    const again = await judged(target, smaller);
    return again.problem !== undefined && again.outcome === outcome;
  };
  return { target: target.name, seed, problem, input: target.show(await target.minimise(input, fails)) };
}
