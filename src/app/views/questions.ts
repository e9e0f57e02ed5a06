/** What the process of the views asks the daemon, each question with the time in which a daemon that works has answered it. */

import type { Clock } from '../../lib/clock.ts';
import { OpenCalls } from '../../lib/open-calls.ts';
import { portable } from '../../lib/portable-error.ts';
import { err } from '../../lib/result.ts';
import { milliseconds } from '../../lib/time.ts';
import type { Answers, Asked, ToViews } from './talk.ts';

/** Far above what a busy event loop needs, and below what an asker waits. */
const PATIENCE = milliseconds(2_000);
const SILENCE = portable(new Error('the event loop of the daemon has not answered for 2 s'));

export class Questions {
  readonly #pose: (id: number, asked: Asked) => void;
  readonly #clock: Clock;
  readonly #calls = new OpenCalls();

  /** `pose` brings a question to the daemon; its answer comes back to {@link answered}. */
  constructor(pose: (id: number, asked: Asked) => void, clock: Clock) {
    this.#pose = pose;
    this.#clock = clock;
  }

  /** Rejects when the daemon has no answer, and when it does not answer at all. */
  async ask<Name extends Asked>(asked: Name): Promise<Answers[Name]> {
    let cancel = (): void => undefined;
    try {
      return await this.#calls.call<Answers[Name]>(id => {
        cancel = this.#clock.after(PATIENCE, () => this.#calls.settle(id, err(SILENCE)));
        this.#pose(id, asked);
      });
    } finally {
      cancel();
    }
  }

  answered({ id, answer }: Extract<ToViews, { readonly type: 'answer' }>): void {
    this.#calls.settle(id, answer);
  }
}
