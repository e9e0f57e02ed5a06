/**
 * The views over TCP in a thread of their own (worker_threads), because whoever reaches that address must not be able to hold an advert up:
 * accepting a connection, parsing a request and writing an answer cost the event loop of the adverts nothing there. This is the daemon's side:
 * it answers the thread a few times a second, tells it events, and starts it again should it ever end.
 */

import { Worker } from 'node:worker_threads';
import type { EventLog } from '../../control/event-log.ts';
import { messageOf, OperatingError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { portable, unpacked } from '../../lib/portable-error.ts';
import { err, ok } from '../../lib/result.ts';
import type { Answers, Asked, Drops, FromThread, ToThread, ViewsTask } from './talk.ts';

export interface ViewsThreadOptions {
  readonly task: Omit<ViewsTask, 'events'>;
  readonly events: Pick<EventLog, 'recent' | 'subscribe'>;
  readonly answers: { readonly [Name in Asked]: () => Promise<Answers[Name]> | Answers[Name] };
  readonly log: Logger;
  /** The thread's main module; another one in tests. */
  readonly program?: URL;
}

const PROGRAM = new URL('./views-worker.js', import.meta.url);
const AGAIN_AFTER_MS = 1_000;
/** Of JavaScript; a thread that grows beyond it ends alone. Some 15 MB are in use. */
const LIMITS = { maxOldGenerationSizeMb: 128 };

export class ViewsThread {
  readonly #options: ViewsThreadOptions;
  readonly #endEvents: () => void;
  #worker: Worker | undefined;
  #isClosed = false;
  #again: NodeJS.Timeout | undefined;
  /** Of the threads that have ended. */
  #droppedBefore: Drops = { connections: 0, readers: 0 };
  #dropped: Drops = this.#droppedBefore;
  /** Its id in the kernel (gettid(2)); undefined while it does not listen. */
  id: number | undefined;

  /** Resolves when it listens. Throws an OperatingError when the address cannot be had. */
  static async open(options: ViewsThreadOptions): Promise<ViewsThread> {
    const thread = new ViewsThread(options);
    try {
      await thread.#start();
      return thread;
    } catch (thrown) {
      await thread.close();
      throw thrown;
    }
  }

  private constructor(options: ViewsThreadOptions) {
    this.#options = options;
    this.#endEvents = options.events.subscribe(event => this.#tell(this.#worker, { type: 'event', event }));
  }

  drops(): Drops {
    return sum(this.#droppedBefore, this.#dropped);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endEvents();
    clearTimeout(this.#again);
    await this.#worker?.terminate();
  }

  /** Rejects when the thread ends before it listens. */
  #start(): Promise<void> {
    const { task, events, program = PROGRAM } = this.#options;
    const workerData: ViewsTask = { ...task, events: events.recent() };
    const worker = new Worker(program, {
      workerData,
      // The environment may hold passwords.
      env: {},
      resourceLimits: LIMITS,
    });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.type === 'listening') {
          this.id = message.thread;
          resolve();
        } else if (message.type === 'refused') reject(unpacked(message.error));
        else void this.#heard(worker, message);
      });
      worker.on('error', error => this.#options.log.error({ error: messageOf(error) }, FAILED));
      worker.on('exit', () => {
        const listened = this.id !== undefined;
        this.#ended();
        if (listened) this.#startAgain();
        else reject(new OperatingError('http-listen', FAILED, {}));
      });
    });
  }

  async #heard(
    worker: Worker,
    message: Exclude<FromThread, { readonly type: 'listening' | 'refused' }>,
  ): Promise<void> {
    switch (message.type) {
      case 'question':
        return this.#tell(worker, await this.#answer(message.id, message.asked));
      case 'drops':
        this.#dropped = message.drops;
        return;
      case 'log':
        this.#options.log[message.level](message.fields, message.message);
    }
  }

  async #answer(id: number, asked: Asked): Promise<ToThread> {
    try {
      return { type: 'answer', id, answer: ok(await this.#options.answers[asked]()) };
    } catch (thrown) {
      return { type: 'answer', id, answer: err(portable(thrown)) };
    }
  }

  #tell(worker: Worker | undefined, message: ToThread): void {
    worker?.postMessage(message);
  }

  #ended(): void {
    this.id = undefined;
    this.#worker = undefined;
    this.#droppedBefore = this.drops();
    this.#dropped = { connections: 0, readers: 0 };
  }

  #startAgain(): void {
    if (this.#isClosed) return;
    this.#options.log.warn({}, 'the views over TCP are started again');
    this.#again = setTimeout(() => {
      this.#start().catch((thrown: unknown) => {
        this.#options.log.error({ error: messageOf(thrown) }, FAILED);
        this.#startAgain();
      });
    }, AGAIN_AFTER_MS);
  }
}

const FAILED = 'the thread that serves the views over TCP has ended';

function sum(one: Drops, other: Drops): Drops {
  return { connections: one.connections + other.connections, readers: one.readers + other.readers };
}
