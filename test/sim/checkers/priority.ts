/**
 * The effective priority is what the trackers' decisions come to, computed a second time (worth.ts): the router is told no other, and is
 * told at once. Only while a drain is under way it may be 1; a drain that ends gives it back.
 */

import type { NodeView, SimEvent } from '../trace.ts';
import { Checker, Duty, REACTION_US } from './checker.ts';

interface Telling {
  worth: number;
  /** To work with the present worth. */
  duty: Duty | undefined;
  /** What it was worth a moment ago. */
  outdated: { readonly worth: number; readonly until: Duty }[];
  /** The drain under way. */
  drain: number | undefined;
}

const YIELDING = 1;

export class Priority extends Checker {
  readonly name = 'priority';
  readonly kinds = [
    'started',
    'health',
    'checks',
    'stepped',
    'drainAsked',
    'undrainAsked',
    'drainEnded',
  ] as const;
  readonly #tellings: (Telling | undefined)[] = this.forEachNode(() => undefined);

  observe(event: SimEvent, at: number): void {
    if (!('node' in event)) return;
    const { node } = event;
    if (event.kind === 'started') {
      const duty = new Duty(node, at, REACTION_US);
      this.#tellings[node.id] = { worth: node.worth, duty, outdated: [], drain: undefined };
      return;
    }
    const telling = this.#tellings[node.id];
    if (telling === undefined) return;
    if (event.kind === 'drainAsked') telling.drain ??= event.run;
    else if (event.kind === 'undrainAsked' || (event.kind === 'drainEnded' && event.run === telling.drain))
      endDrain(node, telling, at);
    if (node.worth !== telling.worth) follow(node, telling, at);
    const { priority } = node.parameters;
    if (node.state.name === 'init') telling.duty = new Duty(node, at, REACTION_US);
    else if (priority === telling.worth) telling.duty = undefined;
    else if (telling.drain !== undefined && priority === YIELDING) return;
    else if (telling.duty?.isOverdue(at))
      this.fail(node, `works with priority ${node.parameters.priority}, is worth ${telling.worth}`);
    if (event.kind === 'stepped' && event.input.type === 'parameters' && event.after.state.name !== 'init')
      this.#judge(node, event.input.parameters.priority, telling, at);
  }

  #judge(node: NodeView, priority: number, { worth, outdated, drain }: Telling, at: number): void {
    if (priority === worth || (drain !== undefined && priority === YIELDING)) return;
    if (outdated.some(past => past.worth === priority && !past.until.isOverdue(at))) return;
    this.fail(node, `is told priority ${priority}, is worth ${worth}`);
  }
}

function endDrain(node: NodeView, telling: Telling, at: number): void {
  telling.drain = undefined;
  telling.outdated.push({ worth: YIELDING, until: new Duty(node, at, REACTION_US) });
  telling.duty = new Duty(node, at, REACTION_US);
}

function follow(node: NodeView, telling: Telling, at: number): void {
  telling.outdated = telling.outdated.filter(({ until }) => !until.isOverdue(at));
  telling.outdated.push({ worth: telling.worth, until: new Duty(node, at, REACTION_US) });
  telling.worth = node.worth;
  telling.duty = new Duty(node, at, REACTION_US);
}
