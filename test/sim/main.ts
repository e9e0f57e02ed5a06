/**
 * The simulator by itself:
 *
 *     npm run sim -- [--hours 10000 | --scenarios 1] [--seed S] [--routers 2..5] [--jobs 2]
 *
 * Exit code 0: no checker fired; 1: findings, each with the command that shows it again; 2: wrong arguments.
 */

import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Campaign, runCampaign } from './campaign.ts';
import { describeFinding } from './findings.ts';

const FRESH_SEEDS = 2 ** 32;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A number option within its range; throws RangeError with what was wrong. */
function numberOf(
  name: string,
  text: string,
  [low, high]: readonly [number, number],
  isWhole = true,
): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= low && value <= high) || (isWhole && !Number.isInteger(value)))
    throw new RangeError(
      `--${name} ${text}: must be a ${isWhole ? 'whole ' : ''}number from ${low} to ${high}`,
    );
  return value;
}

function readArguments(): Omit<Campaign, 'onProgress'> {
  const { values } = parseArgs({
    options: {
      hours: { type: 'string' },
      scenarios: { type: 'string' },
      seed: { type: 'string' },
      routers: { type: 'string' },
      jobs: { type: 'string' },
    },
  });
  const { hours, scenarios, seed, routers, jobs } = values;
  const count = scenarios === undefined ? undefined : numberOf('scenarios', scenarios, [1, 1e9]);
  const time = hours === undefined ? undefined : numberOf('hours', hours, [0.001, 1e9], false);
  return {
    seed: seed === undefined ? randomInt(FRESH_SEEDS) : numberOf('seed', seed, [0, 2 ** 52]),
    routers: routers === undefined ? undefined : numberOf('routers', routers, [2, 5]),
    jobs: jobs === undefined ? Math.min(2, availableParallelism()) : numberOf('jobs', jobs, [1, 64]),
    hours: time ?? (count === undefined ? 100 : Number.POSITIVE_INFINITY),
    scenarios: count ?? Number.POSITIVE_INFINITY,
  };
}

/** Says at every tenth how far it is. */
function progressTowards(hours: number): (done: number) => void {
  let tenths = 0;
  return done => {
    const now = Math.floor((10 * done) / hours);
    if (now > tenths && now < 10) say(`  ${done.toFixed(0)} of ${hours} hours`);
    tenths = now;
  };
}

async function main(): Promise<number> {
  let options: Omit<Campaign, 'onProgress'>;
  try {
    options = readArguments();
  } catch (thrown) {
    say(`sim: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return 2;
  }
  const began = performance.now();
  say(`first seed ${options.seed}, ${options.jobs} threads`);
  const { summary, findings } = await runCampaign({ ...options, onProgress: progressTowards(options.hours) });
  for (const line of summary.lines) say(line);
  say(`${((performance.now() - began) / 1_000).toFixed(1)} s of real time`);
  for (const finding of findings) say(`\n${await describeFinding(finding, options.routers)}`);
  say(findings.length === 0 ? 'no checker fired' : `${findings.length} findings`);
  return findings.length === 0 ? 0 : 1;
}

process.exitCode = await main();
