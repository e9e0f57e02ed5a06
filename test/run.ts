/**
 * Runs the tests, tier by tier: all that the machine can run, saying what it skips and why.
 *
 *     npm test -- [tier …] [--file part-of-a-path] [--name regular-expression]
 *     npm run test:full -- the same: every cell of the matrix, not a selection
 *
 * With CI=true something skipped counts as failed. The last line is `N passed, N failed`, with `, N skipped` where there are any.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/lib/errors.ts';
import { FULL_VARIABLE } from './support/full.ts';
import { extendPath, provide, whyNoNamespaces } from './support/packages.ts';
import { BUILD, ROOT } from './support/paths.ts';
import { add, NOTHING, runTestFiles, type Tally } from './support/test-files.ts';
import { ORDER, type Tier, tierNamed, tierOf } from './support/tiers.ts';

interface Choice {
  readonly tiers: readonly Tier[];
  /** Only files whose path below `test/` contains this. */
  readonly file: string;
  readonly testName: RegExp | undefined;
  /** Everything, where a test otherwise takes a selection. */
  readonly full: boolean;
}

interface TierResult extends Tally {
  readonly tier: Tier;
  readonly seconds: number;
}

/** Of each failure, at the end. */
const LINES_REPEATED = 6;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function readArguments(args: readonly string[]): Choice {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      file: { type: 'string', default: '' },
      name: { type: 'string' },
      full: { type: 'boolean', default: false },
    },
  });
  const tiers = (positionals.length > 0 ? positionals : ORDER).map(name => {
    const tier = tierNamed(name);
    if (tier === undefined) throw new Error(`no tier is called ${name}; there are: ${ORDER.join(', ')}`);
    return tier;
  });
  const testName = values.name === undefined ? undefined : new RegExp(values.name);
  return { tiers, file: values.file, testName, full: values.full };
}

/** The test files of the sources, as paths below `test/`; what an earlier build left behind does not count. */
function testFiles(): string[] {
  return readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.test.ts'))
    .sort();
}

/** Why the tier cannot run here, after installing what may be installed. */
function obstacleTo(tier: Tier): string | undefined {
  const obstacle = tier.namespaces === true ? whyNoNamespaces() : undefined;
  return (
    obstacle ?? (tier.packages === undefined ? undefined : provide(tier.packages, line => say(`  ${line}`)))
  );
}

/** The formatter and linter: one test that passes or fails. */
function lint(): Tally {
  const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const child = spawnSync(process.execPath, [biome, 'check', '--error-on-warnings', '--colors=off'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const good = child.status === 0;
  say(`  ${good ? '✔' : '✖'} biome check`);
  if (good) return { ...NOTHING, passed: 1 };
  say(`${child.stdout}${child.stderr}`.trimEnd());
  return { ...NOTHING, failed: 1, failures: ['biome check: its words stand above, under lint'] };
}

async function runTier(tier: Tier, choice: Choice): Promise<TierResult | undefined> {
  const files = testFiles().filter(path => tierOf(path) === tier && path.includes(choice.file));
  if (files.length === 0) return undefined;
  const began = performance.now();
  say(`\n${tier.name}: ${tier.title}`);
  const obstacle = obstacleTo(tier);
  let tally: Tally;
  if (obstacle !== undefined) {
    say(`  skipped: ${obstacle}`);
    tally = { ...NOTHING, skipped: [`tier ${tier.name}: ${obstacle}`] };
  } else {
    const linted = tier.name === 'lint' ? lint() : NOTHING;
    const compiled = files.map(path => join(BUILD, 'test', path.replace(/\.ts$/, '.js')));
    const concurrency = tier.concurrency ?? availableParallelism();
    const { timeoutMs } = tier;
    tally = add(
      linted,
      await runTestFiles(compiled, { concurrency, timeoutMs, testName: choice.testName, say }),
    );
  }
  return { ...tally, tier, seconds: (performance.now() - began) / 1_000 };
}

function summarise(results: readonly TierResult[]): void {
  say('\nsummary');
  for (const { tier, passed, failed, skipped, seconds } of results) {
    const mark = failed > 0 ? '✖' : passed === 0 ? '–' : '✔';
    const counts = `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`;
    say(`  ${mark} ${tier.name.padEnd(6)} ${seconds.toFixed(1).padStart(7)} s  ${counts}`);
  }
  for (const reason of results.flatMap(result => result.skipped)) say(`  skipped: ${reason}`);
  // Again and in short, for whoever reads the end of a long log.
  const failures = results.flatMap(result => result.failures);
  if (failures.length > 0) say('\nfailed');
  for (const failure of failures) say(`  ✖ ${failure.split('\n', LINES_REPEATED).join('\n')}`);
}

async function main(): Promise<boolean> {
  const choice = readArguments(process.argv.slice(2));
  extendPath();
  // Failures then name the line of the source, not of the build.
  process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --enable-source-maps`.trim();
  if (choice.full) process.env[FULL_VARIABLE] = 'true';
  const results: TierResult[] = [];
  for (const tier of choice.tiers) {
    const result = await runTier(tier, choice);
    if (result !== undefined) results.push(result);
  }
  summarise(results);
  const { passed, failed, skipped } = results.reduce<Tally>(add, NOTHING);
  const strict = process.env['CI'] === 'true';
  if (strict && skipped.length > 0) say('  CI=true: what was skipped counts as failed');
  if (passed + failed === 0) say('  no test was run');
  const bad = failed + (strict ? skipped.length : 0);
  say(
    `${passed} passed, ${bad} failed${strict || skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`,
  );
  return bad === 0 && passed > 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exitCode = 1;
}
