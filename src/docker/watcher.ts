/**
 * Keeps a snapshot of Docker's containers current: subscribe, then list; list again on every hint and every 30 s.
 *
 * Events are hints, never facts about the whole: losing one costs at most the period. An engine that is gone, slow or answers nonsense
 * empties nothing: the last snapshot stays, `connected` says so, and the connection is tried again with a growing delay.
 */

import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { after, between, earlier, type Instant, milliseconds, seconds } from '../lib/time.ts';
import type { DockerEngine } from './engine.ts';
import { EventStream } from './event-stream.ts';
import { type ContainerEvent, readEvent } from './events.ts';
import type { DockerSnapshot } from './snapshot.ts';

/** A list is read when hints pause for QUIET, or LATEST after the first of them: a change shows within a second. */
const QUIET = milliseconds(100);
const LATEST = milliseconds(500);
const PERIOD = seconds(30);
/** How long the engine may take to answer with a list. */
const ANSWER = seconds(5);
/** Containers remembered between two lists as having had an event. */
const TOUCHED_LIMIT = 4_096;

export interface WatcherStatus {
  /** The event stream is open and the last list was answered. */
  readonly connected: boolean;
  /** The last failure, also when it is over; undefined when there was none. */
  readonly lastError: string | undefined;
  readonly lastListedAt: Instant | undefined;
  /** Containers in the last list that run. */
  readonly running: number;
  readonly lists: number;
  readonly listFailures: number;
  readonly events: number;
  readonly unreadableEvents: number;
  readonly connects: number;
}

type Listener<T> = (value: T) => void;

export class DockerWatcher {
  readonly #engine: DockerEngine;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stream: EventStream;
  readonly #stopping = new AbortController();
  readonly #snapshotListeners = new Set<Listener<DockerSnapshot>>();
  readonly #eventListeners = new Set<Listener<ContainerEvent>>();
  readonly #connectionListeners = new Set<Listener<WatcherStatus>>();
  /** Containers with an event since the last good list began, and the number of that hint. */
  readonly #touched = new Map<string, number>();
  readonly #counts = { lists: 0, listFailures: 0, events: 0, unreadableEvents: 0, connects: 0 };
  #snapshot: DockerSnapshot | undefined;
  #listing: Promise<DockerSnapshot | undefined> | undefined;
  #queued: Promise<DockerSnapshot | undefined> | undefined;
  #hints = 0;
  #firstHintAt: Instant | undefined;
  #cancelTimer: () => void = () => undefined;
  #streamOpen = false;
  #answering = false;
  #outage = false;
  #lastError: string | undefined;
  #lastListedAt: Instant | undefined;

  constructor(options: { readonly engine: DockerEngine; readonly clock: Clock; readonly log: Logger }) {
    this.#engine = options.engine;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#stream = new EventStream(options.engine, options.clock, {
      opened: () => this.#opened(),
      line: line => this.#line(line),
      lost: reason => this.#lost(reason),
    });
  }

  start(): void {
    void this.#stream.follow(this.#stopping.signal);
    void this.relist();
  }

  stop(): void {
    this.#stopping.abort();
    this.#cancelTimer();
  }

  /** The last good list; undefined until the first. */
  latest(): DockerSnapshot | undefined {
    return this.#snapshot;
  }

  /** Whether something happened to the container that {@link latest} cannot show yet. */
  outdated(containerId: string): boolean {
    return this.#touched.has(containerId);
  }

  /** Calls back with every list, changed or not; the result ends it. */
  onSnapshot(listener: Listener<DockerSnapshot>): () => void {
    this.#snapshotListeners.add(listener);
    return () => this.#snapshotListeners.delete(listener);
  }

  /** Calls back with every event of a container at once, before any list; the result ends it. */
  onEvent(listener: Listener<ContainerEvent>): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Calls back when the engine answers again, and with every failure; the result ends it. */
  onConnection(listener: Listener<WatcherStatus>): () => void {
    this.#connectionListeners.add(listener);
    return () => this.#connectionListeners.delete(listener);
  }

  /** A list that begins after this call; undefined when the engine does not answer. Lists never overlap, and at most one waits. */
  relist(): Promise<DockerSnapshot | undefined> {
    if (this.#listing === undefined) return this.#begin();
    this.#queued ??= this.#listing.then(() => {
      this.#queued = undefined;
      return this.#begin();
    });
    return this.#queued;
  }

  status(): WatcherStatus {
    return {
      ...this.#counts,
      connected: this.#streamOpen && this.#answering,
      lastError: this.#lastError,
      lastListedAt: this.#lastListedAt,
      running: this.#snapshot?.containers.filter(({ state }) => state === 'running').length ?? 0,
    };
  }

  #opened(): void {
    this.#counts.connects++;
    this.#streamOpen = true;
    this.#firstHintAt = undefined;
    this.#tellConnection();
    void this.relist();
  }

  #line(line: string): void {
    this.#counts.events++;
    const event = readEvent(line);
    if (event === undefined) this.#counts.unreadableEvents++;
    this.#hint();
    if (event === undefined || event === 'hint') return;
    if (this.#touched.size < TOUCHED_LIMIT) this.#touched.set(event.id, this.#hints);
    for (const listener of this.#eventListeners) listener(event);
  }

  #lost(reason: string): void {
    this.#streamOpen = false;
    this.#failed(reason);
  }

  #hint(): void {
    this.#hints++;
    const now = this.#clock.now();
    this.#firstHintAt ??= now;
    this.#listAt(earlier(after(now, QUIET), after(this.#firstHintAt, LATEST)));
  }

  #listAt(at: Instant): void {
    this.#cancelTimer();
    const now = this.#clock.now();
    this.#cancelTimer = this.#clock.after(between(now, at < now ? now : at), () => void this.relist());
  }

  #begin(): Promise<DockerSnapshot | undefined> {
    if (this.#stopping.signal.aborted) return Promise.resolve(undefined);
    this.#firstHintAt = undefined;
    this.#listAt(after(this.#clock.now(), PERIOD));
    this.#listing = this.#list().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #list(): Promise<DockerSnapshot | undefined> {
    const hints = this.#hints;
    const deadline = new AbortController();
    const cancelDeadline = this.#clock.after(ANSWER, () => deadline.abort());
    this.#counts.lists++;
    try {
      const snapshot = await this.#engine.list(AbortSignal.any([deadline.signal, this.#stopping.signal]));
      this.#listed(snapshot, hints);
      return snapshot;
    } catch (thrown) {
      this.#counts.listFailures++;
      this.#answering = false;
      if (this.#stopping.signal.aborted) return undefined;
      this.#failed(messageOf(thrown));
      this.#stream.reconnect(messageOf(thrown));
      return undefined;
    } finally {
      cancelDeadline();
    }
  }

  #listed(snapshot: DockerSnapshot, hints: number): void {
    for (const [id, hint] of this.#touched) if (hint <= hints) this.#touched.delete(id);
    this.#answering = true;
    this.#lastListedAt = this.#clock.now();
    this.#snapshot = snapshot;
    if (this.#outage && this.#streamOpen) {
      this.#outage = false;
      this.#log.info({ containers: snapshot.containers.length }, 'Docker answers again');
    }
    this.#tellConnection();
    for (const listener of this.#snapshotListeners) listener(snapshot);
  }

  /** Told once an outage; the attempts in between are for debugging. */
  #failed(reason: string): void {
    this.#lastError = reason;
    const fields = { reason, kept: this.#snapshot?.containers.length ?? 0 };
    if (this.#outage) this.#log.debug(fields, 'Docker still does not answer');
    else this.#log.warn(fields, 'Docker does not answer; the last known containers stay in use');
    this.#outage = true;
    this.#tellConnection();
  }

  #tellConnection(): void {
    for (const listener of this.#connectionListeners) listener(this.status());
  }
}
