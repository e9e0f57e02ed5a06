/** What the thread of the views asks the daemon, each question with the time in which a daemon that works has answered it. */

import type { Clock } from '../../lib/clock.ts';
import { milliseconds } from '../../lib/time.ts';
import type { Answers, Asked, ToThread } from './talk.ts';

/** Far above what a busy event loop needs, and below what an asker waits. */
const PATIENCE = milliseconds(2_000);

interface Open {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

export class Questions {
  readonly #pose: (id: number, asked: Asked) => void;
  readonly #clock: Clock;
  readonly #open = new Map<number, Open>();
  #last = 0;

  /** `pose` brings a question to the daemon; its answer comes back to {@link answered}. */
  constructor(pose: (id: number, asked: Asked) => void, clock: Clock) {
    this.#pose = pose;
    this.#clock = clock;
  }

  /** Rejects when the daemon has no answer, and when it does not answer at all. */
  ask<Name extends Asked>(asked: Name): Promise<Answers[Name]> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(PATIENCE, () => {
        this.#open.delete(id);
        reject(new Error('the event loop of the daemon has not answered for 2 s'));
      });
      const closing =
        <Result>(settle: (result: Result) => void) =>
        (result: Result): void => {
          this.#open.delete(id);
          cancel();
          settle(result);
        };
      this.#open.set(id, { resolve: closing(resolve), reject: closing(reject) });
      this.#pose(id, asked);
    });
  }

  /** What comes too late is dropped. */
  answered(message: Exclude<ToThread, { readonly type: 'event' }>): void {
    const question = this.#open.get(message.id);
    if (message.type === 'answer') question?.resolve(message.answer as never);
    else question?.reject(new Error(message.error));
  }
}
