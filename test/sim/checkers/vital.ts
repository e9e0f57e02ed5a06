/**
 * First results before the first word: a router takes no part while a fault-level tracker is undecided or against it, and it does take part
 * when nothing is.
 */

import type { NodeView, SimEvent } from '../trace.ts';
import { Checker, Duty, REACTION_US } from './checker.ts';
import { areAgainst } from './worth.ts';

interface Standing {
  isAgainst: boolean;
  /** To act on it. */
  duty: Duty;
}

export class Vital extends Checker {
  readonly name = 'vital';
  readonly kinds = ['started', 'health', 'stepped'] as const;
  readonly #standings: (Standing | undefined)[] = this.forEachNode(() => undefined);

  observe(event: SimEvent, at: number): void {
    if (event.kind === 'started') {
      this.#standings[event.node.id] = undefined;
      return;
    }
    if (event.kind !== 'health' && event.kind !== 'stepped') return;
    const { node } = event;
    if (event.kind === 'health' || this.#standings[node.id] === undefined) this.#weigh(node, at);
    if (event.kind === 'stepped') this.#judge(event, at);
  }

  #weigh(node: NodeView, at: number): void {
    const isAgainst = areAgainst(node.config.parameters.priority, node.trackers);
    const standing = this.#standings[node.id];
    if (standing?.isAgainst !== isAgainst)
      // Nothing excuses a first word that comes too early.
      this.#standings[node.id] = {
        isAgainst,
        duty: new Duty(node, at, standing === undefined ? -1 : REACTION_US),
      };
  }

  #judge({ node, after, input }: Extract<SimEvent, { kind: 'stepped' }>, at: number): void {
    const standing = this.#standings[node.id];
    if (standing === undefined || !standing.duty.isOverdue(at)) return;
    const { name } = after.state;
    if (standing.isAgainst && name !== 'fault' && name !== 'init')
      this.fail(node, `${name} although ${describe(node)}`);
    const cause = input.type === 'startup' ? input.fault : input.type === 'fault' ? input.cause : undefined;
    if (!standing.isAgainst && cause?.includes('tracker') && !cause.startsWith('sync group'))
      this.fail(node, `in fault because of "${cause}", although ${describe(node)}`);
  }
}

function describe(node: NodeView): string {
  return node.trackers
    .map(({ setup, health, value }) => {
      const { weight, reverse } = setup.config;
      return `weight ${weight}${reverse ? ' reversed' : ''} ${health}${value === undefined ? '' : ` (${value})`}`;
    })
    .join(', ');
}
