/**
 * Runs a program in a process group of its own, through execa, which is imported here alone. No shell, no input, a bare environment
 * (Locum's own may hold a password of its configuration), output read to a bound. When its time is up, and when its first process has ended, whatever is left of the group is killed: nothing
 * outlives a run. A process that left the group (setsid(2)) is out of reach, and not waited for.
 */

import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { OperatingError } from '../lib/errors.ts';
import { PROGRAM_FOLDERS } from '../lib/program-folders.ts';

export interface CommandResult {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  /** Such as `SIGKILL`. */
  readonly signal: string | undefined;
  /** The first line of its output, errors before the rest, cut and without control characters. */
  readonly firstLine: string;
  /** The beginning of its error output, {@link KEPT_BYTES} at most, as it is. */
  readonly errors: string;
}

/** Runs a command to its end; aborting the signal kills it. */
export type RunCommand = (command: readonly string[], signal: AbortSignal) => Promise<CommandResult>;

/** Such as `exit code 3: disk full`. */
export function describeEnding({ exitCode, signal, firstLine }: Omit<CommandResult, 'errors'>): string {
  const ending = exitCode === undefined ? `killed by ${signal ?? 'a signal'}` : `exit code ${exitCode}`;
  return firstLine === '' ? ending : `${ending}: ${firstLine}`;
}

/** All that a program finds in its environment. */
const ENVIRONMENT = { PATH: PROGRAM_FOLDERS.join(':'), LANG: 'C' };

/** Bytes of each stream that are kept; the rest is read and thrown away, so that the program never waits for a reader. */
const KEPT_BYTES = 1_024;
const SHOWN_CHARACTERS = 120;
/** How long output that was written before the end may take to arrive. */
const LAST_OUTPUT_MS = 50;

/** Resolves once the program's first process has ended; aborting kills the group. Throws an OperatingError when it cannot be started. */
export async function runCommand(command: readonly string[], signal: AbortSignal): Promise<CommandResult> {
  const [program = '', ...args] = command;
  const subprocess = execa(program, args, {
    buffer: false,
    cwd: '/',
    detached: true,
    env: ENVIRONMENT,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
  });
  const errors = keepBeginning(subprocess.stderr);
  const output = keepBeginning(subprocess.stdout);
  const killGroup = (): void => {
    if (subprocess.pid !== undefined) kill(subprocess.pid);
  };
  signal.addEventListener('abort', killGroup, { once: true });
  try {
    if (signal.aborted) killGroup();
    const ended = new Promise<Ending>(resolve => {
      subprocess.once('exit', (exitCode, endedBy) => resolve({ exitCode, endedBy }));
    });
    // A program that could not be started never exits; its result tells why.
    const refused = subprocess.then(result => failure(program, result));
    const ending = subprocess.pid === undefined ? await refused : await ended;
    if (ending instanceof OperatingError) throw ending;
    killGroup();
    await Promise.race([Promise.all([errors.ended, output.ended]), soon()]);
    return {
      exitCode: ending.exitCode ?? undefined,
      signal: ending.endedBy ?? undefined,
      firstLine: firstLineOf(errors.text()) || firstLineOf(output.text()),
      errors: errors.text(),
    };
  } finally {
    signal.removeEventListener('abort', killGroup);
    subprocess.stdout.destroy();
    subprocess.stderr.destroy();
  }
}

interface Ending {
  readonly exitCode: number | null;
  readonly endedBy: string | null;
}

function failure(
  program: string,
  result: { readonly code?: string | undefined; readonly originalMessage?: string | undefined },
): OperatingError {
  const code = result.code ?? 'unknown';
  return new OperatingError(
    code,
    `cannot start ${program}: ${REASONS[code] ?? result.originalMessage ?? code}`,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file, or its interpreter is missing',
  EACCES: 'it is not executable',
};

/** SIGKILL to a group, kill(2). One that is gone, or that may not be signalled, is left: the run goes on hanging. */
function kill(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left. EPERM: a program that became another user.
  }
}

interface Beginning {
  readonly text: () => string;
  readonly ended: Promise<void>;
}

function keepBeginning(stream: Readable): Beginning {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer | string) => {
    if (bytes >= KEPT_BYTES) return;
    const piece = Buffer.from(chunk).subarray(0, KEPT_BYTES - bytes);
    chunks.push(piece);
    bytes += piece.length;
  });
  const ended = new Promise<void>(resolve => {
    stream.once('close', resolve);
    stream.once('error', () => resolve());
  });
  return { text: () => Buffer.concat(chunks).toString('utf8'), ended };
}

function soon(): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, LAST_OUTPUT_MS).unref();
  });
}

/** The first line that is not empty. */
function firstLineOf(text: string): string {
  const line = text.split('\n').find(each => each.trim() !== '') ?? '';
  return line
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, SHOWN_CHARACTERS);
}
