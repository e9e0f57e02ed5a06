/**
 * The fuzzer by itself:
 *
 *     npm run fuzz -- [--inputs 1000000] [--seed S] [--only TARGET] [--jobs 2]
 *
 * Exit code 0: nothing was found; 1: findings, each with its input and the command that shows it again; 2: wrong arguments.
 */

import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { BatchResult, Finding } from './batch.ts';
import { type Campaign, runCampaign } from './campaign.ts';
import { TARGET_NAMES } from './targets.ts';

const FRESH_SEEDS = 2 ** 32;
const PROGRESS_EVERY_MS = 5_000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A whole number within its range; throws RangeError with what was wrong. */
function numberOf(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high)
    throw new RangeError(`--${name} ${text}: must be a whole number from ${low} to ${high}`);
  return value;
}

function readArguments(): Omit<Campaign, 'onProgress'> {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '1000000' },
      seed: { type: 'string' },
      only: { type: 'string' },
      jobs: { type: 'string' },
    },
  });
  const { inputs, seed, only, jobs } = values;
  if (only !== undefined && !TARGET_NAMES.includes(only))
    throw new RangeError(`--only ${only}: must be one of ${TARGET_NAMES.join(', ')}`);
  return {
    inputs: numberOf('inputs', inputs, 1, 1e12),
    seed: seed === undefined ? randomInt(FRESH_SEEDS) : numberOf('seed', seed, 0, 2 ** 52),
    targets: only === undefined ? TARGET_NAMES : [only],
    jobs: jobs === undefined ? Math.min(2, availableParallelism()) : numberOf('jobs', jobs, 1, 64),
  };
}

/** What came of the inputs so far, by target. */
class Tally {
  readonly #began = performance.now();
  readonly #outcomes = new Map<string, Map<string, number>>();
  readonly #slowestMs = new Map<string, number>();
  #done = 0;

  add({ batch, outcomes, slowestMs }: BatchResult): void {
    const known = this.#outcomes.get(batch.target) ?? new Map<string, number>();
    this.#outcomes.set(batch.target, known);
    for (const [outcome, count] of Object.entries(outcomes)) {
      known.set(outcome, (known.get(outcome) ?? 0) + count);
      this.#done += count;
    }
    this.#slowestMs.set(batch.target, Math.max(slowestMs, this.#slowestMs.get(batch.target) ?? 0));
  }

  progress(of: number): string {
    const seconds = (performance.now() - this.#began) / 1_000;
    const share = ((100 * this.#done) / of).toFixed(0);
    return `${this.#done} of ${of} inputs (${share} %), ${(this.#done / seconds).toFixed(0)} a second`;
  }

  get lines(): readonly string[] {
    return [...this.#outcomes].map(([target, outcomes]) => {
      const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
      const shares = [...outcomes]
        .toSorted(([, a], [, b]) => b - a)
        .map(([outcome, count]) => `${outcome} ${((100 * count) / total).toFixed(2)} %`);
      const slowest = (this.#slowestMs.get(target) ?? 0).toFixed(1);
      return `${target}: ${total} inputs, the slowest ${slowest} ms\n    ${shares.join(', ')}`;
    });
  }
}

function describe({ target, seed, problem, input }: Finding): string {
  return [
    `${target}: ${problem}`,
    input,
    `again: npm run fuzz -- --only ${target} --seed ${seed} --inputs 1`,
  ].join('\n');
}

async function main(): Promise<number> {
  let options: Omit<Campaign, 'onProgress'>;
  try {
    options = readArguments();
  } catch (thrown) {
    say(`fuzz: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return 2;
  }
  say(
    `seed ${options.seed}, ${options.inputs} inputs, ${options.jobs} threads: ${options.targets.join(', ')}`,
  );
  const tally = new Tally();
  const reporter = setInterval(() => say(`  ${tally.progress(options.inputs)}`), PROGRESS_EVERY_MS);
  try {
    const findings = await runCampaign({ ...options, onProgress: result => tally.add(result) });
    say(tally.progress(options.inputs));
    for (const line of tally.lines) say(line);
    for (const finding of findings) say(`\n${describe(finding)}`);
    say(findings.length === 0 ? 'nothing was found' : `${findings.length} findings`);
    return findings.length === 0 ? 0 : 1;
  } finally {
    clearInterval(reporter);
  }
}

process.exitCode = await main();
