/**
 * Those who read a stream over HTTP, all of them the same one. What is published is encoded once and written to a few readers a turn, so that
 * adverts get in between. Nobody is waited for and nothing piles up: a reader that is behind misses what is outdated, or is let go of.
 */

import type { Writable } from 'node:stream';

export interface AudienceRules {
  readonly mostReaders: number;
  /** What one that is behind gets when it has caught up: the newest alone, or all, up to a limit. */
  readonly keeps: 'newest' | 'all';
  /** What is published within this time is written together. */
  readonly togetherMs: number;
  /** While anybody reads: hands over what is to be published. The result ends it. */
  readonly listen: (publish: (text: string) => void) => () => void;
}

const READERS_PER_TURN = 8;
/** Beyond this a reader of all is let go of: it may ask again, and sees by the numbers what it missed. */
const MOST_WAITING_BYTES = 262_144;
/** Published and not written yet; far above what is ever published within one pause. */
const MOST_PENDING = 1_000;
/** A reader that has taken nothing for so long is let go of. */
const PATIENCE_MS = 10_000;

interface Chunk {
  readonly text: string;
  readonly bytes: Buffer;
}

export class Audience {
  readonly #rules: AudienceRules;
  readonly #readers = new Set<Reader>();
  #pending: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #endListening: (() => void) | undefined;
  /** Readers that were let go of. */
  dropped = 0;

  constructor(rules: AudienceRules) {
    this.#rules = rules;
  }

  get isFull(): boolean {
    return this.#readers.size >= this.#rules.mostReaders;
  }

  /** Takes a reader in, whose answer was begun, with what it gets first: all that was published until now. One who has left gets no place. */
  add(response: Writable, first: string): void {
    // Its `close` has been told already; a ServerResponse says that it is writable all the same.
    if (response.destroyed) return;
    // What the others have not got yet is in `first` already.
    this.#flush();
    const reader = new Reader(response, this.#rules.keeps);
    this.#readers.add(reader);
    response.on('close', () => this.#leave(reader));
    reader.offer(chunkOf(first));
    this.#endListening ??= this.#rules.listen(text => this.#publish(text));
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#endListening?.();
    this.#endListening = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = [];
  }

  #publish(text: string): void {
    if (this.#pending.length >= MOST_PENDING) this.#pending.shift();
    this.#pending.push(text);
    this.#timer ??= setTimeout(() => this.#flush(), this.#rules.togetherMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    this.#pending = [];
    const text = this.#rules.keeps === 'all' ? pending.join('') : (pending.at(-1) ?? '');
    if (text !== '') this.#offer(chunkOf(text), [...this.#readers]);
  }

  #offer(chunk: Chunk, readers: readonly Reader[]): void {
    for (const reader of readers.slice(0, READERS_PER_TURN)) {
      if (reader.offer(chunk)) continue;
      this.dropped++;
      reader.end();
    }
    const rest = readers.slice(READERS_PER_TURN);
    if (rest.length > 0) setImmediate(() => this.#offer(chunk, rest));
  }
}

function chunkOf(text: string): Chunk {
  return { text, bytes: Buffer.from(text) };
}

class Reader {
  readonly #response: Writable;
  readonly #keeps: AudienceRules['keeps'];
  #last: Chunk | undefined;
  /** What it gets once it has caught up. */
  #missed: Chunk | undefined;
  #behindSinceMs: number | undefined;

  constructor(response: Writable, keeps: AudienceRules['keeps']) {
    this.#response = response;
    this.#keeps = keeps;
    response.on('drain', () => this.#caughtUp());
  }

  /** False when it is to be let go of. */
  offer(chunk: Chunk): boolean {
    // Its `close` comes in a moment.
    if (this.#response.destroyed) return true;
    // The one that it was let in with may be published just afterwards.
    if (this.#keeps === 'newest' && chunk.text === this.#last?.text) return true;
    if (!this.#response.writableNeedDrain) this.#write(chunk);
    else if (this.#isHopeless()) return false;
    else if (this.#keeps === 'newest') this.#missed = chunk;
    else this.#write(chunk);
    return true;
  }

  end(): void {
    this.#response.destroy();
  }

  #isHopeless(): boolean {
    this.#behindSinceMs ??= performance.now();
    return (
      performance.now() - this.#behindSinceMs > PATIENCE_MS ||
      (this.#keeps === 'all' && this.#response.writableLength > MOST_WAITING_BYTES)
    );
  }

  #write(chunk: Chunk): void {
    this.#last = chunk;
    this.#response.write(chunk.bytes);
  }

  #caughtUp(): void {
    this.#behindSinceMs = undefined;
    const missed = this.#missed;
    this.#missed = undefined;
    if (missed !== undefined && !this.#response.destroyed) this.#write(missed);
  }
}
