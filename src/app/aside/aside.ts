/**
 * The thread beside the event loop that sends adverts (worker_threads): works.ts says what is done there. It begins with the first call. Should
 * it end by itself, or once it has begun not even hear an abort, because a system call holds it (a program on a file server that is gone), the
 * calls that were open fail, and the next one begins another.
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
/** A thread hears an abort within milliseconds, on a busy machine within tenths of a second. */
const HEARING_MS = 2_000;
const HANGS = 'the thread beside the event loop hangs and is replaced';

type Asked<Name extends WorkName> = Parameters<Works[Name]>[0];
type Answer<Name extends WorkName> = Awaited<ReturnType<Works[Name]>>;

/** For tests. */
interface AsideOptions {
  /** The thread's main module. */
  readonly program?: URL;
  readonly hearingMs?: number;
}

export class Aside {
  readonly #log: Logger;
  readonly #program: URL;
  readonly #hearingMs: number;
  readonly #calls = new OpenCalls();
  readonly #listeners = new Map<number, (part: string) => void>();
  /** Aborts that the thread has not heard yet, by call. */
  readonly #aborting = new Map<number, NodeJS.Timeout>();
  #worker: Worker | undefined;
  #isClosed = false;
  /** Its id in the kernel; undefined while it does not run. */
  #thread: number | undefined;

  constructor(log: Logger, { program = PROGRAM, hearingMs = HEARING_MS }: AsideOptions = {}) {
    this.#log = log;
    this.#program = program;
    this.#hearingMs = hearingMs;
  }

  /** Begins the thread, which on a busy machine takes seconds, for those whose first call shall not take that long. */
  async begin(): Promise<void> {
    await this.call('rest', undefined);
  }

  /** {@link RunCommand}, there. */
  readonly run: RunCommand = (command, signal) => this.call('run', command, signal);

  /**
   * Has a work done there. Settles as the work does, also after the signal has aborted it; `onPart` hears what it tells before its end.
   * Rejects with an OperatingError when the thread ends or hangs, which only an abort shows.
   */
  async call<Name extends WorkName>(
    work: Name,
    asked: Asked<Name>,
    signal?: AbortSignal,
    onPart?: (part: string) => void,
  ): Promise<Answer<Name>> {
    if (this.#isClosed) throw new OperatingError('aside-ended', ENDED);
    const worker = this.#worker ?? this.#start();
    let called = 0;
    const abort = (): void => {
      worker.postMessage({ type: 'abort', id: called } satisfies ToAside);
      // A thread that is still to begin hears it then.
      if (this.#thread === undefined) return;
      const hearing = setTimeout(() => this.#replace(worker), this.#hearingMs);
      this.#aborting.set(called, hearing);
    };
    try {
      return await this.#calls.call<Answer<Name>>(id => {
        called = id;
        if (onPart !== undefined) this.#listeners.set(id, onPart);
        worker.postMessage({ type: 'call', id, work, asked } satisfies ToAside);
        if (signal?.aborted === true) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#listeners.delete(called);
      this.#heardAbort(called);
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
    worker.on('exit', () => this.#lose(worker, ENDED));
    return worker;
  }

  #replace(worker: Worker): void {
    if (worker !== this.#worker) return;
    this.#log.error({}, HANGS);
    this.#lose(worker, HANGS);
    void worker.terminate();
  }

  #lose(worker: Worker, why: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#thread = undefined;
    worker.removeAllListeners('message');
    this.#calls.fail(new OperatingError('aside-ended', why));
  }

  #heardAbort(id: number): void {
    clearTimeout(this.#aborting.get(id));
    this.#aborting.delete(id);
  }

  #heard(message: FromAside): void {
    switch (message.type) {
      case 'begun':
        this.#thread = message.thread;
        return;
      case 'aborting':
        this.#heardAbort(message.id);
        return;
      case 'part':
        this.#listeners.get(message.id)?.(message.part);
        return;
      case 'end':
        this.#calls.settle(message.id, message.outcome);
    }
  }
}
