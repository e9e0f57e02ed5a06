/** Calls to another process that wait for their answer, each under a number of its own. */

import { type PortableError, unpacked } from './portable-error.ts';
import type { Result } from './result.ts';

interface Open {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class OpenCalls {
  readonly #open = new Map<number, Open>();
  #last = 0;

  /** `pose` brings the call to the other side. Settles as {@link settle} is told under the same number. */
  call<Value>(pose: (id: number) => void): Promise<Value> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      pose(id);
    });
  }

  /** An answer that nobody waits for any more is dropped. */
  settle(id: number, outcome: Result<unknown, PortableError>): void {
    const call = this.#open.get(id);
    this.#open.delete(id);
    if (outcome.ok) call?.resolve(outcome.value as never);
    else call?.reject(unpacked(outcome.error));
  }

  /** The other side is gone: all that wait fail. */
  fail(error: Error): void {
    const calls = [...this.#open.values()];
    this.#open.clear();
    for (const { reject } of calls) reject(error);
  }
}
