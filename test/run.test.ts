/** The test runner itself: nothing that fails, and nothing that never ran, may count as passed. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { BUILD } from './support/paths.ts';
import type { Tally } from './support/test-files.ts';

const SAMPLES: Readonly<Record<string, string>> = {
  passes:
    "test('one', () => {}); describe('suite', () => { test('two', () => {}); test('three', () => {}); });",
  fails: "test('one', () => {}); test('two', () => { throw new Error('as told'); });",
  failsInSuite: "describe('suite', () => { test('one', () => { throw new Error('as told'); }); });",
  skips:
    "test('one', t => t.skip('no reason')); describe('suite', { skip: 'neither' }, () => { test('two', () => {}); });",
  isEmpty: '',
  doesNotLoad: "throw new Error('as told');",
  doesNotParse: 'test(',
  endsEarly: "test('one', () => {}); test('two', async () => { process.exit(0); }); test('three', () => {});",
  neverEnds: "test('one', () => new Promise(() => { setInterval(() => {}, 1000); }));",
};

describe('the test runner', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locum-runner-'));
    for (const [name, body] of Object.entries(SAMPLES)) {
      await writeFile(
        join(folder, `${name}.test.mjs`),
        `import test, { describe } from 'node:test';\n${body}\n`,
      );
    }
  });
  after(() => rm(folder, { recursive: true }));

  /** In a process of its own, for Node runs no tests inside of tests. */
  async function run(names: readonly string[], concurrency = 1): Promise<Tally> {
    const files = names.map(name => join(folder, `${name}.test.mjs`));
    const options = `{ concurrency: ${concurrency}, timeoutMs: 2000, testName: undefined, say: () => {} }`;
    const script = `import { runTestFiles } from ${JSON.stringify(join(BUILD, 'test', 'support', 'test-files.js'))};
      console.log(JSON.stringify(await runTestFiles(${JSON.stringify(files)}, ${options})));`;
    // A file, for the test runner hands the options of its own process on.
    const program = join(folder, `${randomUUID()}.mjs`);
    await writeFile(program, script);
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
    return JSON.parse(stdout) as Tally;
  }

  const expectations: [name: string, passed: number, failed: number, skipped: number][] = [
    ['passes', 3, 0, 0],
    ['fails', 1, 1, 0],
    ['failsInSuite', 0, 1, 0],
    ['skips', 0, 0, 2],
    ['isEmpty', 0, 1, 0],
    ['doesNotLoad', 0, 1, 0],
    ['doesNotParse', 0, 1, 0],
    ['endsEarly', 0, 1, 0],
    ['neverEnds', 0, 1, 0],
  ];
  for (const [name, passed, failed, skipped] of expectations) {
    test(`a file that ${name}`, async () => {
      const tally = await run([name]);
      assert.deepEqual(countsOf(tally), { passed, failed, skipped });
      assert.equal(tally.failures.length, failed);
    });
  }

  test('files side by side lose nothing', async () => {
    const tally = await run(
      ['passes', 'fails', 'passes', 'isEmpty', 'failsInSuite', 'passes', 'passes', 'skips'],
      4,
    );
    assert.deepEqual(countsOf(tally), { passed: 13, failed: 3, skipped: 2 });
  });
});

function countsOf({ passed, failed, skipped }: Tally): object {
  return { passed, failed, skipped: skipped.length };
}
