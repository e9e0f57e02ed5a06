/** What checkers share. A checker sees only what the world tells, re-derives what should be, and throws when it is not. */

import type { Installation } from '../config.ts';
import { type NodeView, type Observer, type SimEvent, Violation } from '../trace.ts';

/** What a checker knows from the start. */
export interface Subject {
  readonly nodes: readonly NodeView[];
  readonly installation: Installation;
}

export abstract class Checker implements Observer {
  readonly subject: Subject;
  abstract readonly name: string;
  abstract readonly kinds: readonly SimEvent['kind'][];

  constructor(subject: Subject) {
    this.subject = subject;
  }

  abstract observe(event: SimEvent, at: number): void;

  fail(node: NodeView, message: string): never {
    throw new Violation(this.name, `${node.config.name}: ${message}`);
  }

  /** One of something for each node, by the node's id. */
  forEachNode<T>(make: (node: NodeView) => T): T[] {
    return this.subject.nodes.map(make);
  }
}

/** Of the time that the world took from a node, what counts; µs, summed up since the world began. */
export type LostTimeOf = (node: NodeView) => number;

const toActIn: LostTimeOf = ({ lostUs }) => lostUs;

/** A master goes on speaking while it waits for its addresses, or to announce them. */
export const toSpeakIn: LostTimeOf = ({ silencedUs }) => silencedUs;

/** Something a node has to do within a time; time that the world took from the node does not count. */
export class Duty {
  readonly #node: NodeView;
  readonly #since: number;
  readonly #lost: LostTimeOf;
  readonly #lostUs: number;
  readonly #allowanceUs: number;

  constructor(node: NodeView, now: number, allowanceUs: number, lost: LostTimeOf = toActIn) {
    this.#node = node;
    this.#since = now;
    this.#lost = lost;
    this.#lostUs = lost(node);
    this.#allowanceUs = allowanceUs;
  }

  isOverdue(now: number): boolean {
    return now - this.#since - (this.#lost(this.#node) - this.#lostUs) > this.#allowanceUs;
  }
}

/** What a node needs to react at all: a late timer, some turns of its loop, a call of an edge. */
export const REACTION_US = 10_000;

/** RFC 9568 §6.1 and RFC 3768 §6.1, in µs. */
export function skewUs(version: number, priority: number, intervalUs: number): number {
  return Math.round(((256 - priority) * (version === 2 ? 1_000_000 : intervalUs)) / 256);
}

export function downUs(version: number, priority: number, intervalUs: number): number {
  return 3 * intervalUs + skewUs(version, priority, intervalUs);
}
