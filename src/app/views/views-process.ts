/**
 * The views over TCP in a process of their own, because whoever reaches that address must not be able to hold an advert up: accepting a
 * connection, parsing a request and writing an answer cost the event loop of the adverts nothing there. This is the daemon's side: it answers
 * the process a few times a second, tells it events, and starts it again should it ever end.
 */

import type { EventLog } from '../../control/event-log.ts';
import { messageOf, OperatingError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { portable, unpacked } from '../../lib/portable-error.ts';
import { err, ok } from '../../lib/result.ts';
import { Companion } from '../../native/companion.ts';
import type { Answers, Asked, Drops, FromViews, ToViews, ViewsTask } from './talk.ts';

export interface ViewsProcessOptions {
  readonly task: Omit<ViewsTask, 'events'>;
  readonly events: Pick<EventLog, 'recent' | 'subscribe'>;
  readonly answers: { readonly [Name in Asked]: () => Promise<Answers[Name]> | Answers[Name] };
  readonly log: Logger;
  /** Its main module; another one in tests. */
  readonly program?: URL;
}

const PROGRAM = new URL('./views-program.js', import.meta.url);
const AGAIN_AFTER_MS = 1_000;
/** Some 15 are in use. */
const MEMORY_MIB = 128;

type ViewsCompanion = Companion<ToViews, FromViews>;

export class ViewsProcess {
  readonly #options: ViewsProcessOptions;
  readonly #endEvents: () => void;
  #companion: ViewsCompanion | undefined;
  #listens = false;
  #isClosed = false;
  #again: NodeJS.Timeout | undefined;
  /** Of the processes that have ended. */
  #droppedBefore: Drops = { connections: 0, readers: 0 };
  #dropped: Drops = this.#droppedBefore;

  /** Resolves when it listens. Throws an OperatingError when the address cannot be had. */
  static async open(options: ViewsProcessOptions): Promise<ViewsProcess> {
    const views = new ViewsProcess(options);
    try {
      await views.#start();
      return views;
    } catch (thrown) {
      await views.close();
      throw thrown;
    }
  }

  private constructor(options: ViewsProcessOptions) {
    this.#options = options;
    this.#endEvents = options.events.subscribe(event => this.#companion?.tell({ type: 'event', event }));
  }

  /** Undefined while there is none. */
  get pid(): number | undefined {
    return this.#companion?.pid;
  }

  drops(): Drops {
    return sum(this.#droppedBefore, this.#dropped);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endEvents();
    clearTimeout(this.#again);
    await this.#companion?.end();
  }

  /** Rejects when the process ends before it listens. */
  #start(): Promise<void> {
    const { task, events, log, program = PROGRAM } = this.#options;
    return new Promise((resolve, reject) => {
      const companion: ViewsCompanion = new Companion<ToViews, FromViews>({
        program,
        memoryMib: MEMORY_MIB,
        onMessage: message => {
          if (message.type === 'refused') {
            reject(unpacked(message.error));
            void companion.end();
          } else if (message.type === 'listening') {
            this.#listens = true;
            resolve();
          } else void this.#heard(companion, message);
        },
        onEnd: how => {
          const listened = this.#listens;
          this.#ended();
          if (!listened) return reject(new OperatingError('http-listen', `${ENDED}: ${how}`, {}));
          if (!this.#isClosed) log.error({ how }, ENDED);
          this.#startAgain();
        },
      });
      this.#companion = companion;
      companion.tell({ type: 'begin', task: { ...task, events: events.recent() } });
    });
  }

  async #heard(
    companion: ViewsCompanion,
    message: Exclude<FromViews, { readonly type: 'listening' | 'refused' }>,
  ): Promise<void> {
    switch (message.type) {
      case 'question':
        return companion.tell(await this.#answer(message.id, message.asked));
      case 'drops':
        this.#dropped = message.drops;
        return;
      case 'log':
        this.#options.log[message.level](message.fields, message.message);
    }
  }

  async #answer(id: number, asked: Asked): Promise<ToViews> {
    try {
      return { type: 'answer', id, answer: ok(await this.#options.answers[asked]()) };
    } catch (thrown) {
      return { type: 'answer', id, answer: err(portable(thrown)) };
    }
  }

  #ended(): void {
    this.#companion = undefined;
    this.#listens = false;
    this.#droppedBefore = this.drops();
    this.#dropped = { connections: 0, readers: 0 };
  }

  #startAgain(): void {
    if (this.#isClosed) return;
    this.#options.log.warn({}, 'the views over TCP are started again');
    this.#again = setTimeout(() => {
      this.#start().catch((thrown: unknown) => {
        this.#options.log.error({ error: messageOf(thrown) }, 'the views over TCP do not start');
        this.#startAgain();
      });
    }, AGAIN_AFTER_MS);
  }
}

const ENDED = 'the process that serves the views over TCP has ended';

function sum(one: Drops, other: Drops): Drops {
  return { connections: one.connections + other.connections, readers: one.readers + other.readers };
}
