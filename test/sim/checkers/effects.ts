/**
 * No effect overtakes another but words, which pass acquisitions and announcements. The order of effects is the contract: a new master speaks, acquires, announces; one that gives up by itself says
 * priority 0, then releases; one that gives way releases, then says priority 0 (with fast timing). Addresses are announced only by a master that has them (RFC 9568 §8.1.2).
 */

import type { Parameters } from '../../../src/vrrp/parameters.ts';
import type { Effect, Input } from '../../../src/vrrp/state.ts';
import type { NodeView, Operation, SimEvent } from '../trace.ts';
import { Checker, Duty, REACTION_US } from './checker.ts';

/** An address that somebody just deleted may be missing while it is announced. */
const NOTICE_US = 100_000 + 2 * REACTION_US;

export class Effects extends Checker {
  readonly name = 'effects';
  readonly kinds = ['started', 'stepped', 'removed', 'begins', 'ends'] as const;
  readonly #underWay = this.forEachNode(() => new Set<Operation>());
  readonly #missing: (Duty | undefined)[] = this.forEachNode(() => undefined);

  observe(event: SimEvent, at: number): void {
    if (event.kind === 'started') this.#underWay[event.node.id]?.clear();
    else if (event.kind === 'ends') this.#underWay[event.node.id]?.delete(event.operation);
    else if (event.kind === 'begins') this.#checkTurn(event.node, event.operation);
    if (event.kind === 'stepped') this.#checkOrder(event);
    else if (event.kind === 'removed' && (event.cause === 'deleted' || event.cause === 'expired'))
      this.#missing[event.node.id] = new Duty(event.node, at, NOTICE_US);
    else if (event.kind === 'begins' && event.operation === 'announceAddresses')
      this.#checkAnnouncement(event.node, at);
  }

  #checkOrder({ node, input, before, after, effects }: Extract<SimEvent, { kind: 'stepped' }>): void {
    const from = before.state.name;
    const to = after.state.name;
    const order = effects.map(spell).join(' ');
    const expected = expectedOrder(from, to, input, after.parameters);
    if (expected !== undefined && order !== expected)
      this.fail(node, `${from} to ${to} asks for "${order}", not "${expected}"`);
    if (to !== 'master' && from === to && order !== '') this.fail(node, `a ${to} asks for "${order}"`);
    if (from === 'master' && to === 'master' && /release|advertise\(0\)/.test(order))
      this.fail(node, `a master that stays asks for "${order}"`);
  }

  #checkTurn(node: NodeView, operation: Operation): void {
    const underWay = this.#underWay[node.id] ?? new Set();
    for (const other of underWay)
      if (!goTogether(operation, other)) this.fail(node, `${operation} begins while ${other} is under way`);
    underWay.add(operation);
  }

  #checkAnnouncement(node: NodeView, at: number): void {
    if (node.state.name !== 'master') this.fail(node, `a ${node.state.name} announces the addresses`);
    const missing = this.#missing[node.id];
    if (missing !== undefined && !missing.isOverdue(at)) return;
    for (const address of node.config.parameters.addresses)
      if (!node.holds(address)) this.fail(node, `announces ${address} without having it`);
  }
}

/** A word, and what a master waits for meanwhile. */
function goTogether(...operations: readonly Operation[]): boolean {
  return (
    operations.filter(operation => operation === 'advertise').length === 1 &&
    !operations.includes('releaseAddresses')
  );
}

function spell(effect: Effect): string {
  if (effect.type === 'advertise') return `advertise(${effect.priority})`;
  return effect.type.replace('Addresses', '');
}

function expectedOrder(
  from: string,
  to: string,
  input: Input,
  { priority, timing }: Parameters,
): string | undefined {
  if (from === to) return undefined;
  if (to === 'master') return `advertise(${priority}) acquire announce stateChanged`;
  if (from !== 'master') return 'stateChanged';
  if (to !== 'backup' || input.type === 'stepDown') return 'advertise(0) release stateChanged';
  return timing === 'fast' ? 'release advertise(0) stateChanged' : 'release stateChanged';
}
