/**
 * A lease is the master-down interval in whole seconds, at least 2; so the addresses of a process that was killed or
 * stopped are gone when its backups act, or at most half a second later.
 */

import type { NodeView, SimEvent } from '../trace.ts';
import { Checker, downUs } from './checker.ts';

const EXPIRY_LATE_US = 500_000;
const SLOWEST_CALL_US = 1_000_200;

export class Leases extends Checker {
  readonly name = 'leases';
  readonly kinds = ['begins', 'ends', 'killed', 'blocked', 'removed', 'unblocked', 'started'] as const;
  readonly #isAcquiring: boolean[] = this.forEachNode(() => false);
  /** The lease last asked for: a priority that changed since asks for another only at the next renewal. */
  readonly #askedUs: number[] = this.forEachNode(() => 0);
  readonly #goneBy: (number | undefined)[] = this.forEachNode(() => undefined);

  observe(event: SimEvent, at: number): void {
    switch (event.kind) {
      case 'ends':
        if (event.operation === 'acquireAddresses') this.#isAcquiring[event.node.id] = false;
        break;
      case 'begins':
        if (event.operation === 'acquireAddresses') this.#isAcquiring[event.node.id] = true;
        if (event.leaseSeconds !== undefined && event.leaseSeconds * 1e6 !== leaseUs(event.node))
          this.fail(event.node, `asks for ${event.leaseSeconds} s, must be ${leaseUs(event.node)} us`);
        if (event.leaseSeconds !== undefined) this.#askedUs[event.node.id] = event.leaseSeconds * 1e6;
        break;
      case 'killed':
      case 'blocked':
        this.#goneBy[event.node.id] ??= at + this.#longestUs(event.node) + this.#lateUs(event.node);
        break;
      case 'removed':
        this.#check(event.node, at, event.cause);
        break;
      case 'unblocked':
      case 'started':
        if (event.kind === 'started') this.#isAcquiring[event.node.id] = false;
        if (event.node.config.parameters.addresses.some(address => event.node.holds(address)))
          this.#check(event.node, at, 'still there');
        this.#goneBy[event.node.id] = undefined;
        break;
      default:
    }
  }

  #longestUs(node: NodeView): number {
    return Math.max(leaseUs(node), this.#askedUs[node.id] ?? 0);
  }

  /** A request under way is still carried out. */
  #lateUs(node: NodeView): number {
    return EXPIRY_LATE_US + (this.#isAcquiring[node.id] === true ? SLOWEST_CALL_US : 0);
  }

  #check(node: NodeView, at: number, what: string): void {
    const goneBy = this.#goneBy[node.id];
    if (goneBy !== undefined && at > goneBy && !node.turning)
      this.fail(node, `its addresses outlived the lease by ${at - goneBy} us (${what})`);
  }
}

function leaseUs({ parameters }: NodeView): number {
  const { version, priority, advertisementInterval } = parameters;
  return Math.max(2, Math.ceil(downUs(version, priority, advertisementInterval) / 1e6)) * 1e6;
}
