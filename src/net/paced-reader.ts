/**
 * Reads a socket in measured portions. A package that hands over one datagram for each turn of the event loop would turn it 100,000 times a
 * second in a flood; so when many come at once, the socket is no longer listened to but looked at, once a millisecond or, where nothing may be
 * left, as soon as timers and other sockets have had their turn, and no look takes more than its portion. What is left waits in the
 * kernel, which counts what it has no room for. How much is many is the caller's decision.
 */

import { OperatingError } from '../lib/errors.ts';
import type { PacketListener, RawSocket } from './raw-socket.ts';

export interface Pace {
  /** Packets within a millisecond from which on the socket is only looked at; fewer at a look end that. */
  readonly burst: number;
  /** Packets at one look, at least as many as the burst. */
  readonly portion: number;
  /** Whether the next look follows a full portion at the next turn of the event loop: as much is read as there is time for. */
  readonly eager: boolean;
}

export interface PacedReader {
  /** Hands over what waits now, at most `limit` packets, and says how many. */
  drain(limit: number): number;
  close(): void;
}

export interface PacedListener {
  readonly onPacket: PacketListener;
  readonly onError: (error: OperatingError) => void;
}

type Source = Pick<RawSocket, 'onPacket' | 'onError' | 'receiveNow' | 'stopReceiving' | 'resumeReceiving'>;

const LOOK_EVERY_MS = 1;

export function readPaced(socket: Source, pace: Pace, { onPacket, onError }: PacedListener): PacedReader {
  const reader = new Reader(socket, pace, onError);
  socket.onPacket((packet, source) => {
    reader.noteOne();
    onPacket(packet, source);
  });
  socket.onError(onError);
  return reader;
}

class Reader implements PacedReader {
  readonly #socket: Source;
  readonly #pace: Pace;
  readonly #onError: PacedListener['onError'];
  #looking = false;
  /** Since the last look. */
  #heard = 0;
  /** Calls off the next look; undefined: none is due. */
  #callOff: (() => void) | undefined;

  constructor(socket: Source, pace: Pace, onError: PacedListener['onError']) {
    this.#socket = socket;
    this.#pace = pace;
    this.#onError = onError;
  }

  noteOne(): void {
    this.#heard += 1;
    this.#callOff ??= this.#later();
    if (this.#looking || this.#heard < this.#pace.burst) return;
    this.#looking = true;
    this.#socket.stopReceiving();
  }

  drain(limit: number): number {
    let received = 0;
    while (received < limit && this.#receiveOne()) received += 1;
    return received;
  }

  /** Also while a packet is handed over: no look follows. */
  close(): void {
    this.#callOff?.();
    this.#looking = false;
  }

  #receiveOne(): boolean {
    try {
      return this.#socket.receiveNow();
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      this.#onError(thrown);
      return false;
    }
  }

  #later(): () => void {
    const timer = setTimeout(() => this.#look(), LOOK_EVERY_MS);
    return () => clearTimeout(timer);
  }

  #nextTurn(): () => void {
    const turn = setImmediate(() => this.#look());
    return () => clearImmediate(turn);
  }

  /** What others drained meanwhile counts, too: a socket that is read on the way is no quieter for that. */
  #look(): void {
    const { burst, portion, eager } = this.#pace;
    const full = this.#looking && this.drain(portion) === portion;
    const quiet = this.#heard < burst;
    this.#heard = 0;
    this.#callOff = undefined;
    if (!this.#looking) return;
    if (!quiet) {
      this.#callOff = full && eager ? this.#nextTurn() : this.#later();
      return;
    }
    this.#looking = false;
    this.#socket.resumeReceiving();
  }
}
