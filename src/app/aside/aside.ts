/**
 * The thread beside the event loop that sends adverts (worker_threads): works.ts says what is done there. It begins with the first call at the
 * latest; should it end by itself, the calls that were open fail, and the next one begins another.
 */

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { messageOf, OperatingError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { OpenCalls } from '../../lib/open-calls.ts';
import type { RunCommand } from '../../native/command.ts';
import type { FromAside, ToAside } from './talk.ts';
import type { WorkName, Works } from './works.ts';

const PROGRAM = new URL('./aside-worker.js', import.meta.url);

/** A program that is killed ends within milliseconds. */
const STOP_MS = 2_000;
const ENDED = 'the thread beside the event loop has ended';

type Asked<Name extends WorkName> = Parameters<Works[Name]>[0];
type Answer<Name extends WorkName> = Awaited<ReturnType<Works[Name]>>;

export class Aside {
  readonly #log: Logger;
  readonly #program: URL;
  readonly #calls = new OpenCalls();
  readonly #listeners = new Map<number, (part: string) => void>();
  #worker: Worker | undefined;
  #isClosed = false;
  /** Its id in the kernel; undefined while it does not run. */
  #thread: number | undefined;

  /** `program`: the thread's main module; another one in tests. */
  constructor(log: Logger, program = PROGRAM) {
    this.#log = log;
    this.#program = program;
  }

  /** Begins the thread, which takes some tenths of a second, for those whose first call shall not take that long. */
  async begin(): Promise<void> {
    await this.call('rest', undefined);
  }

  /** {@link RunCommand}, there. */
  readonly run: RunCommand = (command, signal) => this.call('run', command, signal);

  /**
   * Has a work done there. Settles as the work does, also after the signal has aborted it; `onPart` hears what it tells before its end.
   * Rejects with an OperatingError when the thread ends.
   */
  async call<Name extends WorkName>(
    work: Name,
    asked: Asked<Name>,
    signal?: AbortSignal,
    onPart?: (part: string) => void,
  ): Promise<Answer<Name>> {
    if (this.#isClosed) throw new OperatingError('aside-ended', ENDED);
    const worker = this.#worker ?? this.#start();
    const tell = (message: ToAside): void => worker.postMessage(message);
    let called = 0;
    const abort = (): void => tell({ type: 'abort', id: called });
    try {
      return await this.#calls.call<Answer<Name>>(id => {
        called = id;
        if (onPart !== undefined) this.#listeners.set(id, onPart);
        tell({ type: 'call', id, work, asked });
        if (signal?.aborted === true) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#listeners.delete(called);
    }
  }

  /** The ids of its threads in the kernel. */
  threads(): readonly number[] {
    return this.#thread === undefined ? [] : [this.#thread];
  }

  /** Ends the thread once what is done there has been aborted, and has ended; after a while in any case. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = once(worker, 'exit');
    worker.postMessage({ type: 'stop' } satisfies ToAside);
    await Promise.race([ended, pause(STOP_MS, undefined, { ref: false })]);
    await worker.terminate();
  }

  #start(): Worker {
    // The environment may hold passwords, and nothing that is needed there.
    const worker = new Worker(this.#program, { env: {} });
    this.#worker = worker;
    worker.on('message', (message: FromAside) => this.#heard(message));
    worker.on('error', error => this.#log.error({ error: messageOf(error) }, ENDED));
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#thread = undefined;
      this.#calls.fail(new OperatingError('aside-ended', ENDED));
    });
    return worker;
  }

  #heard(message: FromAside): void {
    switch (message.type) {
      case 'begun':
        this.#thread = message.thread;
        return;
      case 'part':
        this.#listeners.get(message.id)?.(message.part);
        return;
      case 'end':
        this.#calls.settle(message.id, message.outcome);
    }
  }
}
