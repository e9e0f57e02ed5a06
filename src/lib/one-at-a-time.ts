/** Work that must not overlap: each piece begins when the one before has ended, well or not, in the order of the calls. */

export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** The result is the work's own. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves once all work asked for by now has ended. */
  async ended(): Promise<void> {
    await this.#last;
  }
}
