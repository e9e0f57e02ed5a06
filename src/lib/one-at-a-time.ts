/** Work that must not overlap: each piece begins when the one before has ended, well or not, in the order of the calls. */

export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** The result is the work's own, its failure too: one that nobody waits for is an unhandled rejection. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return await done;
  }

  /** Resolves once all work asked for by now has ended. */
  async ended(): Promise<void> {
    await this.#last;
  }
}
