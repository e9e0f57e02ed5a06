/** After healing, every neighbour's ARP cache, as gratuitous ARP has left it, leads to the master. */

import { toNumber } from '../packets.ts';
import type { SimEvent } from '../trace.ts';
import { Checker } from './checker.ts';

export class Arp extends Checker {
  readonly name = 'arp';
  readonly kinds = ['announced', 'over'] as const;
  /** By neighbour, then by address. */
  readonly #caches: Map<number, string>[] = this.forEachNode(() => new Map());

  observe(event: SimEvent): void {
    if (event.kind === 'announced') this.#caches[event.near.id]?.set(event.address, event.mac);
    else if (event.kind === 'over') this.#check();
  }

  #check(): void {
    const master = this.subject.nodes.find(({ state }) => state.name === 'master');
    if (master === undefined) return;
    for (const near of this.subject.nodes)
      for (const address of master.config.parameters.addresses) {
        const mac = this.#caches[near.id]?.get(toNumber(address));
        if (mac !== master.config.mac)
          this.fail(
            near,
            `its neighbour has ${address} at ${mac ?? 'nobody'}, the master is ${master.config.name}`,
          );
      }
  }
}
