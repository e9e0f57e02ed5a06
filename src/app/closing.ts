/** What must be undone at the end, undone in reverse order; one failure does not keep the rest from it. */

import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';

export class Closing {
  readonly #log: Logger;
  readonly #steps: (() => unknown)[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The step may return a promise; it is waited for. */
  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (thrown) {
        this.#log.error({ error: messageOf(thrown) }, 'something could not be closed in order');
      }
    }
  }
}
