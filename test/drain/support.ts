/** A walk through a drain in virtual time, its effects in short words. */

import assert from 'node:assert/strict';
import type { Census } from '../../src/drain/connections.ts';
import { IDLE, nextDeadline, step } from '../../src/drain/procedure.ts';
import type { DrainEffect, DrainInput, DrainState, Limits, Outcome } from '../../src/drain/state.ts';
import { formatDuration, type Instant, milliseconds, seconds } from '../../src/lib/time.ts';

export const LIMITS: Limits = { empty: milliseconds(500), takeOver: seconds(5) };

type Answered = 'heldOff' | 'letIn' | 'reloaded' | 'saved';

/** Every effect but what is said, and no time that an input has not brought. */
export class Walk {
  state: DrainState = IDLE;
  nowMs = 0;
  outcome: Outcome | undefined;
  readonly said: string[] = [];
  #words: string[] = [];

  constructor({
    masters,
    others = [],
    force = false,
  }: {
    readonly masters: readonly string[];
    readonly others?: readonly string[];
    readonly force?: boolean;
  }) {
    this.feed({ type: 'begin', force, masters, others, limits: LIMITS });
  }

  /** Of the drain under way, or of the one that ended. */
  get warnings(): readonly string[] {
    return 'run' in this.state ? this.state.run.warnings : (this.outcome?.warnings ?? []);
  }

  at(ms: number): this {
    assert.ok(ms >= this.nowMs, 'time goes on');
    this.nowMs = ms;
    return this;
  }

  feed(input: DrainInput): this {
    const { state, effects } = step(this.state, input, milliseconds(this.nowMs) as number as Instant);
    this.state = state;
    for (const effect of effects) this.#note(effect);
    return this;
  }

  answer(type: Answered, problem?: string): this {
    return this.feed({ type, problem });
  }

  left(router: string): this {
    return this.feed({ type: 'left', router });
  }

  /** Goes on to the deadline. */
  timeout(): this {
    const at = nextDeadline(this.state);
    assert.ok(at !== undefined, `${this.state.name} waits for no time`);
    return this.at(Math.max(this.nowMs, at / 1_000)).feed({ type: 'timeout' });
  }

  untilState(name: DrainState['name']): this {
    for (let i = 0; this.state.name !== name; i += 1) {
      assert.ok(i < 1_000, `never ${name}`);
      this.timeout();
    }
    return this;
  }

  untilLook(): this {
    const looks = (): number => this.#words.filter(word => word === 'look').length;
    for (const before = looks(); looks() === before; ) this.timeout();
    return this;
  }

  /** Sees the same at every look, until that state. */
  whileBusy(census: Census, until: DrainState['name']): this {
    for (let i = 0; this.state.name !== until; i += 1) {
      assert.ok(i < 1_000, `never ${until}`);
      if (this.#words.at(-1) === 'look' && this.state.name !== 'holding') {
        this.take();
        this.feed({ type: 'looked', census });
      } else this.timeout();
    }
    return this;
  }

  /** The effects since it was asked last. */
  take(): string[] {
    const words = this.#words;
    this.#words = [];
    return words;
  }

  #note(effect: DrainEffect): void {
    if (effect.type === 'say') this.said.push(effect.text);
    else this.#words.push(inWords(effect));
    if (effect.type === 'finish') this.outcome = effect.outcome;
  }
}

function inWords(effect: Exclude<DrainEffect, { type: 'say' }>): string {
  switch (effect.type) {
    case 'holdOff':
      return `holdOff ${formatDuration(effect.lease)}`;
    case 'stand':
      return `stand ${effect.routers === 'all' ? 'all' : effect.routers.join('+')} ${effect.standing}`;
    case 'finish':
      return `finish ${effect.outcome.kind}`;
    default:
      return effect.type;
  }
}
