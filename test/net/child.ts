/** Runs a few lines of code in a process of their own, in the test's network: how a process ends, what it may do without capabilities. */

import { execFile } from 'node:child_process';

const LIMIT_MS = 10_000;

/** The address of a module below `src/`, for an import statement. */
export function moduleUrl(path: string): string {
  return new URL(`../../src/${path}.js`, import.meta.url).href;
}

export interface ChildResult {
  /** Undefined when it had to be ended after 10 s. */
  readonly code: number | undefined;
  readonly output: string;
  readonly milliseconds: number;
}

/** Runs an ES module; `wrapper` is a command that runs the rest of its arguments. */
export function runInChild(source: string, wrapper: readonly string[] = []): Promise<ChildResult> {
  const [command = process.execPath, ...args] = [
    ...wrapper,
    process.execPath,
    '--input-type=module',
    '--eval',
    source,
  ];
  const began = performance.now();
  return new Promise(resolve => {
    const child = execFile(
      command,
      args,
      { timeout: LIMIT_MS, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => {
        const milliseconds = performance.now() - began;
        resolve({ code: child.exitCode ?? undefined, output: `${stdout}${stderr}`, milliseconds });
      },
    );
  });
}

/** Takes every capability away from root. */
export const WITHOUT_CAPABILITIES = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'];
