/**
 * The addresses are held exactly while master, but for the time that the calls of the kernel take; and while the process
 * runs, no lease ends.
 */

import type { NodeView, SimEvent } from '../trace.ts';
import { Checker, Duty, downUs, REACTION_US } from './checker.ts';

/** From a removal to its repair: the notice, the spacing of re-assertions, the call. */
const REPAIR_US = 100_000 + 3 * REACTION_US;
const VACATE_US = 3 * REACTION_US;
/** How late the kernel may end a lease. */
const EXPIRY_LATE_US = 500_000;

interface Holding {
  toHold: Duty | undefined;
  toVacate: Duty | undefined;
  /** The last renewal by the present master, in time without what the world took; undefined: what is there is a former one's. */
  ownTimeAtRenewal: number | undefined;
}

export class Addresses extends Checker {
  readonly name = 'addresses';
  readonly kinds = ['started', 'killed', 'left', 'stepped', 'ends', 'added', 'removed'] as const;
  readonly #holdings: Holding[] = this.forEachNode(() => ({
    toHold: undefined,
    toVacate: undefined,
    ownTimeAtRenewal: undefined,
  }));

  observe(event: SimEvent, at: number): void {
    if (!('node' in event)) return;
    const { node } = event;
    const holding = this.#holdings[node.id];
    if (holding === undefined) return;
    if (event.kind === 'started' || event.kind === 'killed') forget(holding);
    else if (event.kind === 'left') this.#checkGone(node, holding);
    else if (node.alive) this.#follow(event, node, holding, at);
  }

  #follow(event: SimEvent, node: NodeView, holding: Holding, at: number): void {
    if (event.kind === 'ends') this.#noteEnd(event, holding, at);
    if (event.kind === 'removed' && event.cause === 'expired') this.#checkExpiry(node, holding, at);
    if (holding.toHold?.isOverdue(at)) this.fail(node, 'master without its addresses');
    if (holding.toVacate?.isOverdue(at)) this.fail(node, `${node.state.name} with addresses`);
    if (event.kind !== 'stepped' && event.kind !== 'added' && event.kind !== 'removed') return;
    const { addresses } = node.config.parameters;
    const isMaster = node.state.name === 'master';
    if (!isMaster) holding.ownTimeAtRenewal = undefined;
    const isComplete = addresses.every(address => node.holds(address));
    const isEmpty = !addresses.some(address => node.holds(address));
    holding.toHold = isMaster && !isComplete ? (holding.toHold ?? new Duty(node, at, REPAIR_US)) : undefined;
    holding.toVacate = isMaster || isEmpty ? undefined : (holding.toVacate ?? new Duty(node, at, VACATE_US));
  }

  #noteEnd(
    { node, operation, failure }: Extract<SimEvent, { kind: 'ends' }>,
    holding: Holding,
    at: number,
  ): void {
    if (operation === 'acquireAddresses' && failure === undefined)
      holding.ownTimeAtRenewal = at - node.lostUs;
    if (operation !== 'releaseAddresses' || failure === undefined || holding.toVacate === undefined) return;
    // The kernel did not take them back, so they stay until the lease ends.
    holding.toVacate = new Duty(node, at, leaseUs(node) + EXPIRY_LATE_US);
  }

  #checkExpiry(node: NodeView, holding: Holding, at: number): void {
    if (holding.ownTimeAtRenewal === undefined) return;
    const ownTime = at - node.lostUs - holding.ownTimeAtRenewal;
    if (node.turning && node.state.name === 'master' && ownTime > 0.85 * leaseUs(node))
      this.fail(node, `its lease ended ${ownTime} us after the last renewal, while it was master`);
  }

  #checkGone(node: NodeView, holding: Holding): void {
    const isEmpty = !node.config.parameters.addresses.some(address => node.holds(address));
    const mayStay = holding.toVacate !== undefined;
    forget(holding);
    if (!isEmpty && !mayStay) this.fail(node, 'left its addresses behind');
  }
}

function forget(holding: Holding): void {
  holding.toHold = undefined;
  holding.toVacate = undefined;
}

function leaseUs({ parameters }: NodeView): number {
  const { version, priority, advertisementInterval } = parameters;
  return Math.max(2, Math.ceil(downUs(version, priority, advertisementInterval) / 1e6)) * 1e6;
}
