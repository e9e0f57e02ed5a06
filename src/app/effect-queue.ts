/**
 * The effects of one virtual router that wait or are under way, and which of them may begin. Each waits until those before it have
 * ended; that order is the core's contract. One exception: an advertisement passes acquisitions, announcements and reports. Taking an
 * address may wait in the kernel for many intervals of an advertisement, and a master that falls silent meanwhile is no master to its backups.
 *
 * It passes no release: a resignation after it says that the addresses are free, and a word before it must not follow it. And what was
 * asked for after an advertisement waits for that as ever, so that a master which resigns speaks before it lets go.
 */

import { RESIGN_PRIORITY } from '../vrrp/parameters.ts';
import type { Effect } from '../vrrp/state.ts';

/** An effect in the queue; replaced by its repetition while it waits. */
interface Queued {
  effect: Effect;
  begun: boolean;
}

export class EffectQueue {
  #queue: Queued[] = [];

  /**
   * One that waits already does for its repetition: however slow the edges are, a handful waits, beside one report a change of state.
   * What the new effect makes wrong is called off, unless it has begun.
   */
  add(effect: Effect): void {
    this.#queue = this.#queue.filter(queued => queued.begun || !callsOff(effect, queued.effect));
    const release = this.#queue.findLastIndex(queued => queued.effect.type === 'releaseAddresses');
    const same = this.#queue.find(
      (queued, i) => i >= release && !queued.begun && repeats(effect, queued.effect),
    );
    if (same === undefined) this.#queue.push({ effect, begun: false });
    else same.effect = effect;
  }

  /** The next effect that may begin: it has begun thereby. `end` takes it out, to be called once. Undefined when all must wait. */
  begin(): { readonly effect: Effect; readonly end: () => void } | undefined {
    const next = this.#next();
    if (next === undefined) return undefined;
    next.begun = true;
    const end = (): void => {
      this.#queue = this.#queue.filter(queued => queued !== next);
    };
    return { effect: next.effect, end };
  }

  #next(): Queued | undefined {
    const [first] = this.#queue;
    if (first?.begun === false) return first;
    const barrier = this.#queue.find(({ effect }) => !mayBePassed(effect));
    return barrier?.effect.type === 'advertise' && !barrier.begun ? barrier : undefined;
  }

  /** Effects that wait for their turn, without those under way. */
  get waiting(): number {
    return this.#queue.filter(({ begun }) => !begun).length;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Calls off all that has not begun. */
  clear(): void {
    this.#queue = this.#queue.filter(({ begun }) => begun);
  }
}

function mayBePassed({ type }: Effect): boolean {
  return type !== 'advertise' && type !== 'releaseAddresses';
}

/** A resignation is no repetition of another word, nor the other way round. */
function repeats(effect: Effect, waiting: Effect): boolean {
  if (effect.type === 'advertise' && waiting.type === 'advertise')
    return (effect.priority === RESIGN_PRIORITY) === (waiting.priority === RESIGN_PRIORITY);
  return effect.type !== 'stateChanged' && effect.type === waiting.type;
}

/**
 * A release calls off what only a master does: announcing addresses after a better master was heard would pull the traffic
 * to a node that no longer holds them. A resignation is said all the same.
 */
function callsOff(effect: Effect, waiting: Effect): boolean {
  if (effect.type !== 'releaseAddresses') return false;
  if (waiting.type === 'advertise') return waiting.priority !== RESIGN_PRIORITY;
  return waiting.type === 'acquireAddresses' || waiting.type === 'announceAddresses';
}
