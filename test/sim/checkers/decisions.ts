/**
 * A tracker comes to the truth: when what it watches does not change for as long as its rise or fall takes, one interval each and the time
 * of an answer, it has decided so, and reads its number. A check that hangs counts as failed.
 */

import type { NodeView, SimEvent } from '../trace.ts';
import { decisionUs } from '../tracker-setup.ts';
import { Checker, Duty, REACTION_US } from './checker.ts';

export class Decisions extends Checker {
  readonly name = 'decisions';
  readonly kinds = [
    'started',
    'killed',
    'left',
    'unblocked',
    'watched',
    'checks',
    'health',
    'settled',
  ] as const;
  readonly #duties: (Duty | undefined)[][] = this.forEachNode(() => []);

  observe(event: SimEvent, at: number): void {
    switch (event.kind) {
      case 'started':
      case 'unblocked':
        this.#duties[event.node.id] = event.node.trackers.map((_, i) => this.#duty(event.node, i, at));
        break;
      case 'killed':
      case 'left':
        this.#duties[event.node.id] = [];
        break;
      case 'watched':
        if (event.node.alive)
          this.#dutiesOf(event.node)[event.tracker] = this.#duty(event.node, event.tracker, at);
        break;
      case 'settled':
        for (const node of this.subject.nodes) for (const i of node.trackers.keys()) this.#check(node, i, at);
        break;
      case 'checks':
      case 'health':
        this.#check(event.node, event.tracker, at);
        break;
      default:
    }
  }

  #dutiesOf(node: NodeView): (Duty | undefined)[] {
    return this.#duties[node.id] ?? [];
  }

  #duty(node: NodeView, tracker: number, at: number): Duty | undefined {
    const setup = node.trackers[tracker]?.setup;
    return setup && new Duty(node, at, decisionUs(setup) + REACTION_US);
  }

  #check(node: NodeView, tracker: number, at: number): void {
    const view = node.trackers[tracker];
    if (view === undefined || !this.#dutiesOf(node)[tracker]?.isOverdue(at)) return;
    const { expected, health, value } = view;
    if (expected === undefined) return;
    if (health !== (expected.ok ? 'up' : 'down') || value !== expected.value)
      this.fail(
        node,
        `tracker ${tracker} is ${health} (${value}), what it watches is ${expected.ok ? 'up' : 'down'} (${expected.value})`,
      );
  }
}
