/** Spreads work that comes all at once over turns of the event loop, so that adverts get in between. */

/** So many go on in one turn; each is some tenths of a millisecond. */
const MOST_PER_TURN = 8;

export class Turns {
  readonly #waiting: (() => void)[] = [];

  /** Resolves in a turn of the event loop that has room, in the order of the calls. */
  next(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(() => this.#some());
    });
  }

  #some(): void {
    for (const resolve of this.#waiting.splice(0, MOST_PER_TURN)) resolve();
    if (this.#waiting.length > 0) setImmediate(() => this.#some());
  }
}
