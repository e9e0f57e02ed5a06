/** What a drain is made of: its states, the inputs that move it and the effects it asks for. Types only; procedure.ts says what happens. */

import type { Duration, Instant } from '../lib/time.ts';
import type { Census } from './connections.ts';

/**
 * How far an operator lets a virtual router take part: `full`; `yielding`: with priority 1, for whoever can to take over; `away`: not
 * at all.
 */
export type Standing = 'full' | 'yielding' | 'away';

export interface Limits {
  /** How long open connections are waited for, while new ones are held off. */
  readonly empty: Duration;
  /** How long another node may take to hear us and to take over. */
  readonly takeOver: Duration;
}

/** What every step of a drain knows. */
export interface UnderWay {
  readonly force: boolean;
  readonly takeOver: Duration;
  /** The virtual routers that hold their addresses, by name. */
  readonly holding: readonly string[];
  /** Whether any held its addresses when the drain began. */
  readonly heldAny: boolean;
  /** When the addresses are offered to others, with connections open or without. */
  readonly yieldAt: Instant;
  /** What did not work out, and was not needed. */
  readonly warnings: readonly string[];
}

export interface Holding {
  readonly name: 'holding';
  readonly run: UnderWay;
  /** When the packet filter's hold ends by itself. */
  readonly heldUntil: Instant;
}

export interface Settling {
  readonly name: 'settling';
  readonly run: UnderWay;
  readonly heldUntil: Instant;
  readonly by: Instant;
  /** Undefined while a look is under way, here and below. */
  readonly lookAt: Instant | undefined;
}

export interface Emptying {
  readonly name: 'emptying';
  readonly run: UnderWay;
  readonly heldUntil: Instant;
  readonly lookAt: Instant | undefined;
  /** Connections seen by the last look. */
  readonly open: number | undefined;
}

export interface Yielding {
  readonly name: 'yielding';
  readonly run: UnderWay;
  /** Undefined once new connections are let in again. */
  readonly heldUntil: Instant | undefined;
  readonly begunAt: Instant;
  readonly giveUpAt: Instant;
  readonly sayAt: Instant;
}

/** Nobody took over and the addresses are given up all the same. */
export interface Resigning {
  readonly name: 'resigning';
  readonly run: UnderWay;
}

/** The addresses are elsewhere; what remains is to let connections in and to remember the drain. */
export interface Securing {
  readonly name: 'securing';
  readonly run: UnderWay;
  readonly saved: boolean;
  readonly letIn: boolean;
}

export type DrainState =
  | { readonly name: 'idle' }
  | { readonly name: 'drained' }
  | Holding
  | Settling
  | Emptying
  | Yielding
  | Resigning
  | Securing;

/** An answer: what went wrong; undefined when nothing did. */
interface Answer<T extends string> {
  readonly type: T;
  readonly problem: string | undefined;
}

export type DrainInput =
  | {
      readonly type: 'begin';
      readonly force: boolean;
      readonly masters: readonly string[];
      /** The virtual routers that do not hold their addresses. */
      readonly others: readonly string[];
      readonly limits: Limits;
    }
  | { readonly type: 'undrain' }
  | { readonly type: 'timeout' }
  /** A virtual router is master no longer, and has released its addresses. */
  | { readonly type: 'left'; readonly router: string }
  | { readonly type: 'looked'; readonly census: Census }
  | { readonly type: 'looked'; readonly census: undefined; readonly problem: string }
  | Answer<'heldOff'>
  | Answer<'letIn'>
  | Answer<'reloaded'>
  | Answer<'saved'>;

/** How a drain ended. */
export interface Outcome {
  readonly kind: 'drained' | 'failed' | 'cancelled';
  readonly text: string;
  readonly warnings: readonly string[];
}

/** `holdOff`, `letIn`, `look`, `reload` and `save` are each answered by an input. */
export type DrainEffect =
  /** Drop the first packet of new connections to the addresses held here, until `letIn` or the end of the lease. */
  | { readonly type: 'holdOff'; readonly lease: Duration }
  | { readonly type: 'letIn' }
  | { readonly type: 'look' }
  | { readonly type: 'reload' }
  | { readonly type: 'stand'; readonly routers: readonly string[] | 'all'; readonly standing: Standing }
  | { readonly type: 'save' }
  | { readonly type: 'forget' }
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'finish'; readonly outcome: Outcome };

export interface DrainStep {
  readonly state: DrainState;
  readonly effects: readonly DrainEffect[];
}
