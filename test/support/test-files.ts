/** Runs test files through Node's test runner, each in a process of its own, and tells as it goes: a line a file, failures in full. */

import { once } from 'node:events';
import { relative } from 'node:path';
import { run } from 'node:test';
import { inspect } from 'node:util';
import { BUILD } from './paths.ts';

/** Characters of a file's output that are kept for the case that a test in it fails. */
const OUTPUT_LIMIT = 100_000;

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** What was skipped, and why. */
  readonly skipped: readonly string[];
  /** Where each failed, and how. */
  readonly failures: readonly string[];
}

export interface RunOptions {
  /** Files at a time. */
  readonly concurrency: number;
  /** For one file. */
  readonly timeoutMs: number;
  /** Only tests whose name matches. */
  readonly testName: RegExp | undefined;
  readonly say: (line: string) => void;
}

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: [], failures: [] };

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: [...a.skipped, ...b.skipped],
    failures: [...a.failures, ...b.failures],
  };
}

/** Runs the compiled files; the tally counts tests, not suites. */
export async function runTestFiles(files: readonly string[], options: RunOptions): Promise<Tally> {
  const queue = [...files];
  const tallies: Tally[] = [];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift())
      tallies.push(await runTestFile(file, options));
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  return tallies.reduce(add, NOTHING);
}

async function runTestFile(file: string, options: RunOptions): Promise<Tally> {
  const name = relative(BUILD, file).replace(/\.js$/, '.ts');
  const began = performance.now();
  const { timeoutMs: timeout, testName } = options;
  const stream = run({
    files: [file],
    timeout,
    ...(testName === undefined ? {} : { testNamePatterns: testName }),
  });
  const skipped: string[] = [];
  const failures: string[] = [];
  let passed = 0;
  stream.on('test:pass', data => {
    const kind = kindOf(data, file);
    if (kind === 'test') passed += 1;
    // Chosen by name, a file may have nothing to run, and Node calls the tests that were not chosen skipped.
    else if (testName !== undefined) return;
    else if (kind === 'skipped') skipped.push(`${name}: ${data.name}: ${data.skip}`);
    else if (kind === 'file') failures.push(`${name}: holds no test`);
  });
  stream.on('test:fail', data => {
    const error = data.details.error as Error & { failureType?: string };
    // The tests below it were counted.
    if (error.failureType === 'subtestsFailed') return;
    const title = kindOf(data, file) === 'file' ? 'the file as a whole' : data.name;
    failures.push(`${name}:${data.line ?? 0}: ${title}\n${indent(inspect(error.cause ?? error))}`);
  });
  const remarks: string[] = [];
  stream.on('test:diagnostic', data => {
    // Those without a file are Node's own counts. With source maps the file is the source, not the one that was run.
    if (data.file !== undefined) remarks.push(data.message);
  });
  const output = keptOutput(stream);
  stream.resume();
  await once(stream, 'end');
  const seconds = (performance.now() - began) / 1_000;
  report({
    name,
    seconds,
    passed,
    skipped: skipped.length,
    failures,
    remarks,
    output: output(),
    say: options.say,
  });
  return { passed, failed: failures.length, skipped, failures };
}

type Kind = 'test' | 'suite' | 'skipped' | 'file';

function kindOf(
  data: {
    readonly name: string;
    readonly skip?: string | boolean;
    readonly details: { readonly type?: string };
  },
  file: string,
): Kind {
  // A file is reported as a test of its own when it holds none, or ends badly.
  if (data.name === file) return 'file';
  if (data.skip !== undefined && data.skip !== false) return 'skipped';
  return data.details.type === 'suite' ? 'suite' : 'test';
}

function keptOutput(stream: ReturnType<typeof run>): () => string {
  let output = '';
  const keep = ({ message }: { message: string }): void => {
    output = (output + message).slice(-OUTPUT_LIMIT);
  };
  stream.on('test:stdout', keep);
  stream.on('test:stderr', keep);
  return () => output;
}

interface FileReport {
  readonly name: string;
  readonly seconds: number;
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  readonly remarks: readonly string[];
  readonly output: string;
  readonly say: (line: string) => void;
}

function report({ name, seconds, passed, skipped, failures, remarks, output, say }: FileReport): void {
  const counts = [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} FAILED`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(', ');
  say(`  ${failures.length > 0 ? '✖' : '✔'} ${seconds.toFixed(1).padStart(6)} s  ${name}: ${counts}`);
  for (const remark of remarks) say(`             ${remark}`);
  for (const failure of failures) say(`    ✖ ${failure}`);
  if (failures.length > 0 && output !== '') say(`    output of ${name}:\n${indent(output)}`);
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '      ');
}
