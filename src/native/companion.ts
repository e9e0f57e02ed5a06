/**
 * A program of Locum's own in a process beside the daemon's, child_process.fork of Node: for what must not hold up the event loop that sends
 * adverts. A thread would: all threads of a process share its address space, and while one of them changes that (mmap, munmap, fork) the others
 * wait at their next page fault, however long the kernel lets it wait for a processor in the middle. companion-side.ts is the other side.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { OperatingError } from '../lib/errors.ts';

export interface CompanionOptions<From> {
  /** Its main module: a file. */
  readonly program: URL;
  /** What its JavaScript may take; one that grows beyond it ends alone. */
  readonly memoryMib: number;
  readonly onMessage: (message: From) => void;
  /** Once, when it has ended or could not be started; `how`: such as `exit code 1` or `SIGKILL`. */
  readonly onEnd: (how: string) => void;
}

/** As in the first line of main.ts: short collections, in little memory. */
const SMALL = ['--single-threaded-gc', '--max-semi-space-size=1'];

/** `To` and `From` are plain data, which the structured clone takes. What the companion writes goes to the daemon's standard error. */
export class Companion<To, From> {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** Throws OperatingError when there is no memory for a process, or no descriptor to talk to it. */
  constructor({ program, memoryMib, onMessage, onEnd }: CompanionOptions<From>) {
    this.#process = start(program, memoryMib);
    this.#process.on('message', message => onMessage(message as From));
    this.#ended = endOf(this.#process).then(onEnd);
    // A signal that cannot be sent is an error event, too.
    this.#process.on('error', () => undefined);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Lost when it has ended. */
  tell(message: To & object): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Kills it, if it does not end by itself within that time. */
  async end(patienceMs = 0): Promise<void> {
    const killing = setTimeout(() => this.#process.kill('SIGKILL'), patienceMs);
    await this.#ended;
    clearTimeout(killing);
  }
}

function start(program: URL, memoryMib: number): ChildProcess {
  try {
    return fork(program, {
      // The environment may hold passwords, and nothing that is needed there.
      env: {},
      execArgv: [...SMALL, `--max-old-space-size=${memoryMib}`],
      serialization: 'advanced',
      stdio: ['ignore', 2, 'inherit', 'ipc'],
    });
  } catch (thrown) {
    const { code = 'unknown', message } = thrown as NodeJS.ErrnoException;
    throw new OperatingError(code, `cannot start a process beside: ${message}`, {}, thrown);
  }
}

/** `close`, not `exit`: what it said last has been heard by then. */
async function endOf(process: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(process, 'close')) as [number | null, string | null];
    return signal ?? `exit code ${code}`;
  } catch (thrown) {
    return `it could not be started: ${(thrown as Error).message}`;
  }
}
