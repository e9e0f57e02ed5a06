/** While something stands against a router, it takes no part (a fault, RFC 9568 has no such state: it is shut down). */

import type { SimEvent } from '../trace.ts';
import { Checker } from './checker.ts';

export class Faults extends Checker {
  readonly name = 'faults';
  readonly kinds = ['started', 'stepped'] as const;
  readonly #causes: (string | undefined)[] = this.forEachNode(() => undefined);

  observe(event: SimEvent): void {
    if (event.kind === 'started') this.#causes[event.node.id] = undefined;
    if (event.kind !== 'stepped') return;
    const { node, input, after } = event;
    if (input.type === 'startup') this.#causes[node.id] = input.fault;
    else if (input.type === 'fault') this.#causes[node.id] = input.cause;
    else if (input.type === 'faultCleared') this.#causes[node.id] = undefined;
    const cause = this.#causes[node.id];
    if (cause !== undefined && after.state.name !== 'fault' && after.state.name !== 'init')
      this.fail(node, `${after.state.name} although ${cause}`);
  }
}
