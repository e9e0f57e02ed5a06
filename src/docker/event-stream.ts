/**
 * Holds the engine's event stream open for as long as it is wanted: connect, read lines, connect again with a growing delay. It says
 * what it reads and when the connection comes and goes; what follows from that is the watcher's.
 */

import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { between, type Duration, milliseconds, seconds } from '../lib/time.ts';
import type { DockerEngine } from './engine.ts';
import { LineSplitter } from './events.ts';

/** How long the engine may take to answer, and the delays between attempts: doubled each time, from the first to the last. */
const ANSWER = seconds(5);
const FIRST_RETRY = milliseconds(100);
const LAST_RETRY = seconds(5);

export interface EventStreamListener {
  opened(): void;
  line(line: string): void;
  /** Called once for every failed attempt and every connection that ends. */
  lost(reason: string): void;
}

export class EventStream {
  readonly #engine: DockerEngine;
  readonly #clock: Clock;
  readonly #listener: EventStreamListener;
  #connection = new AbortController();
  /** Why this side ended the connection. */
  #ended: string | undefined;

  constructor(engine: DockerEngine, clock: Clock, listener: EventStreamListener) {
    this.#engine = engine;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Ends the present connection for that reason; the next attempt follows after the delay. For one that may be half open. */
  reconnect(reason: string): void {
    this.#ended ??= reason;
    this.#connection.abort();
  }

  /** Follows the stream until the signal aborts. Never rejects. */
  async follow(stop: AbortSignal): Promise<void> {
    let delay = FIRST_RETRY;
    while (!stop.aborted) {
      const begun = this.#clock.now();
      const reason = await this.#connect(stop);
      if (stop.aborted) return;
      this.#listener.lost(reason);
      const lasted = between(begun, this.#clock.now()) >= LAST_RETRY;
      delay = lasted ? FIRST_RETRY : delay;
      await this.#pause(delay, stop);
      delay = Math.min(delay * 2, LAST_RETRY) as Duration;
    }
  }

  /** One connection from its beginning to its end; the result is why it ended. */
  async #connect(stop: AbortSignal): Promise<string> {
    this.#connection = new AbortController();
    this.#ended = undefined;
    const end = AbortSignal.any([stop, this.#connection.signal]);
    const cancelDeadline = this.#clock.after(ANSWER, () => this.reconnect('no answer in time'));
    try {
      const stream = await this.#engine.events(end);
      cancelDeadline();
      this.#listener.opened();
      const reason = await this.#read(stream);
      return this.#ended ?? reason;
    } catch (thrown) {
      return this.#ended ?? messageOf(thrown);
    } finally {
      cancelDeadline();
      this.#connection.abort();
    }
  }

  async #read(stream: AsyncIterable<string>): Promise<string> {
    const splitter = new LineSplitter();
    for await (const chunk of stream) {
      const lines = splitter.push(chunk);
      if (lines === undefined) return 'the event stream holds a line beyond the limit';
      for (const line of lines) this.#listener.line(line);
    }
    return 'the engine closed the event stream';
  }

  #pause(delay: Duration, stop: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const stopped = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.#clock.after(delay, () => {
        stop.removeEventListener('abort', stopped);
        resolve();
      });
      stop.addEventListener('abort', stopped, { once: true });
    });
  }
}
