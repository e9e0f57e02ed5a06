/** A node takes no part before its start delay is over, and begins when it is, whatever has happened meanwhile. */

import type { SimEvent } from '../trace.ts';
import { Checker, Duty, REACTION_US } from './checker.ts';

/** What a former run left behind is read first. */
const RECALL_US = 50_000;

/** Node's timers may be that early. */
const EARLY_US = 1_000;

interface Start {
  readonly notBefore: number;
  readonly duty: Duty;
}

export class Starts extends Checker {
  readonly name = 'starts';
  readonly kinds = ['started', 'stepped', 'killed', 'left', 'checks'] as const;
  readonly #starts: (Start | undefined)[] = this.forEachNode(() => undefined);

  observe(event: SimEvent, at: number): void {
    if (!('node' in event)) return;
    const { node } = event;
    const delayUs = 1_000 * node.config.startDelayMs;
    if (event.kind === 'started')
      this.#starts[node.id] = {
        notBefore: at + delayUs - EARLY_US,
        duty: new Duty(node, at, delayUs + RECALL_US + REACTION_US),
      };
    if (event.kind === 'killed' || event.kind === 'left') this.#starts[node.id] = undefined;
    const start = this.#starts[node.id];
    if (start === undefined) return;
    if (start.duty.isOverdue(at)) this.fail(node, `has not begun, should have at ${start.notBefore}`);
    if (event.kind !== 'stepped') return;
    if (event.after.state.name !== 'init' && at < start.notBefore)
      this.fail(node, `is ${event.after.state.name}, may not begin before ${start.notBefore}`);
    if (event.input.type === 'startup' || event.input.type === 'shutdown') this.#starts[node.id] = undefined;
  }
}
