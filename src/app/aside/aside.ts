/**
 * The process beside the one that sends adverts: works.ts says what is done there. It begins with the first call. Should it end by itself, or once
 * it has begun not even hear an abort, because a system call holds it (a program on a file server that is gone), the calls that were open fail,
 * and the next one begins another.
 */

import { OperatingError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { OpenCalls } from '../../lib/open-calls.ts';
import type { RunCommand } from '../../native/command.ts';
import { Companion } from '../../native/companion.ts';
import type { FromAside, ToAside } from './talk.ts';
import type { WorkName, Works } from './works.ts';

const PROGRAM = new URL('./aside-program.js', import.meta.url);
/** A list of 1,000 containers takes some 20. */
const MEMORY_MIB = 256;

/** A program that is killed ends within milliseconds. */
const STOP_MS = 2_000;
const ENDED = 'the process beside has ended';
/** It hears an abort within milliseconds, on a busy machine within tenths of a second. */
const HEARING_MS = 2_000;
const HANGS = 'the process beside hangs and is replaced';

type Asked<Name extends WorkName> = Parameters<Works[Name]>[0];
type Answer<Name extends WorkName> = Awaited<ReturnType<Works[Name]>>;

/** For tests. */
interface AsideOptions {
  /** Its main module. */
  readonly program?: URL;
  readonly hearingMs?: number;
}

export class Aside {
  readonly #log: Logger;
  readonly #program: URL;
  readonly #hearingMs: number;
  readonly #calls = new OpenCalls();
  readonly #listeners = new Map<number, (part: string) => void>();
  /** Aborts that it has not heard yet, by call. */
  readonly #aborting = new Map<number, NodeJS.Timeout>();
  #companion: Companion<ToAside, FromAside> | undefined;
  #isClosed = false;
  #hasBegun = false;

  constructor(log: Logger, { program = PROGRAM, hearingMs = HEARING_MS }: AsideOptions = {}) {
    this.#log = log;
    this.#program = program;
    this.#hearingMs = hearingMs;
  }

  /** Begins the process, which on a busy machine takes seconds, for those whose first call shall not take that long. */
  async begin(): Promise<void> {
    await this.call('rest', undefined);
  }

  /** {@link RunCommand}, there. */
  readonly run: RunCommand = (command, signal) => this.call('run', command, signal);

  /**
   * Has a work done there. Settles as the work does, also after the signal has aborted it; `onPart` hears what it tells before its end.
   * Rejects with an OperatingError when the process ends or hangs, which only an abort shows.
   */
  async call<Name extends WorkName>(
    work: Name,
    asked: Asked<Name>,
    signal?: AbortSignal,
    onPart?: (part: string) => void,
  ): Promise<Answer<Name>> {
    if (this.#isClosed) throw new OperatingError('aside-ended', ENDED);
    const companion = this.#companion ?? this.#start();
    let called = 0;
    const abort = (): void => {
      companion.tell({ type: 'abort', id: called });
      // One that is still to begin hears it then.
      if (!this.#hasBegun) return;
      const hearing = setTimeout(() => this.#replace(companion), this.#hearingMs);
      this.#aborting.set(called, hearing);
    };
    try {
      return await this.#calls.call<Answer<Name>>(id => {
        called = id;
        if (onPart !== undefined) this.#listeners.set(id, onPart);
        companion.tell({ type: 'call', id, work, asked });
        if (signal?.aborted === true) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#listeners.delete(called);
      this.#heardAbort(called);
    }
  }

  /** Of the process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#companion?.pid;
  }

  /** Ends the process once what is done there has been aborted, and has ended; after a while in any case. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#companion?.tell({ type: 'stop' });
    await this.#companion?.end(STOP_MS);
  }

  #start(): Companion<ToAside, FromAside> {
    const companion = new Companion<ToAside, FromAside>({
      program: this.#program,
      memoryMib: MEMORY_MIB,
      onMessage: message => {
        if (companion === this.#companion) this.#heard(message);
      },
      onEnd: how => {
        if (companion !== this.#companion) return;
        if (!this.#isClosed) this.#log.error({ how }, ENDED);
        this.#lose(ENDED);
      },
    });
    this.#companion = companion;
    return companion;
  }

  #replace(companion: Companion<ToAside, FromAside>): void {
    if (companion !== this.#companion) return;
    this.#log.error({}, HANGS);
    this.#lose(HANGS);
    void companion.end();
  }

  #lose(why: string): void {
    this.#companion = undefined;
    this.#hasBegun = false;
    this.#calls.fail(new OperatingError('aside-ended', why));
  }

  #heardAbort(id: number): void {
    clearTimeout(this.#aborting.get(id));
    this.#aborting.delete(id);
  }

  #heard(message: FromAside): void {
    switch (message.type) {
      case 'begun':
        this.#hasBegun = true;
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
