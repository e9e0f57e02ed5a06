/**
 * When everything works again, there is one master within the bound, and it stays. It is the best router, or one that
 * better ones may not preempt; of equals, any that already was. It alone has the addresses.
 */

import type { NodeView, SimEvent } from '../trace.ts';
import { Violation } from '../trace.ts';
import { Checker } from './checker.ts';

const OWNER = 255;

export class Healing extends Checker {
  readonly name = 'healing';
  readonly kinds = ['settled', 'calm', 'stepped'] as const;
  #settledMaster: NodeView | undefined;

  observe(event: SimEvent): void {
    if (event.kind === 'settled') this.#settledMaster = this.#checkMaster();
    else if (event.kind === 'calm') {
      this.#checkMaster();
      this.#settledMaster = undefined;
    } else if (event.kind === 'stepped' && this.#settledMaster !== undefined) this.#checkCalm(event);
  }

  #checkMaster(): NodeView {
    const { nodes } = this.subject;
    const masters = nodes.filter(node => node.alive && node.state.name === 'master');
    const [master] = masters;
    if (master === undefined || masters.length > 1)
      throw new Violation(this.name, `the routers are ${describe(nodes)}`);
    for (const node of nodes) this.#checkRank(node, master);
    for (const node of nodes) this.#checkAddresses(node, master);
    return master;
  }

  #checkRank(node: NodeView, master: NodeView): void {
    const { priority, preempt } = node.parameters;
    if (priority !== node.worth) this.fail(node, `works with priority ${priority}, is worth ${node.worth}`);
    const mayPreempt = preempt || priority === OWNER;
    if (priority > master.parameters.priority && mayPreempt)
      this.fail(node, `is better than the master: ${describe(this.subject.nodes)}`);
  }

  #checkAddresses(node: NodeView, master: NodeView): void {
    for (const address of node.config.parameters.addresses)
      if (node.holds(address) !== (node === master))
        this.fail(
          node,
          `${address} is ${node === master ? 'missing' : 'left'}: ${describe(this.subject.nodes)}`,
        );
  }

  #checkCalm({ node, before, after }: Extract<SimEvent, { kind: 'stepped' }>): void {
    if (before.state.name !== after.state.name)
      this.fail(node, `${before.state.name} became ${after.state.name} although nothing happened`);
  }
}

function describe(nodes: readonly NodeView[]): string {
  return nodes
    .map(
      ({ config, alive, state, parameters }) =>
        `${config.name} ${alive ? state.name : 'dead'} (${parameters.priority})`,
    )
    .join(', ');
}
