/**
 * What can be seen of the virtual world. Everything that happens is told here, as it happens, to whoever watches: the
 * checkers and the transcript. Watching changes nothing.
 */

import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import type { Received } from '../../src/vrrp/receive.ts';
import type { Effect, Input, Router, State } from '../../src/vrrp/state.ts';
import type { NodeConfig } from './config.ts';
import type { Advert } from './packets.ts';

/** A node as the watchers see it. */
export interface NodeView {
  readonly id: number;
  readonly config: NodeConfig;
  readonly alive: boolean;
  /** Alive, and its event loop turns. */
  readonly turning: boolean;
  /** The state and the parameters after the last step. */
  readonly state: State;
  readonly parameters: Parameters;
  /** The effective priority that its trackers give it at this moment. */
  readonly worth: number;
  /** Packets that arrived and were not read yet. */
  readonly unread: readonly Uint8Array[];
  /** Effects that wait for their turn in the runner. */
  readonly waiting: number;
  holds(address: IpAddress): boolean;
  /** µs in which the node could not act or an edge was slow, summed up since the world began. */
  readonly lostUs: number;
}

export type Operation = Exclude<Effect['type'], 'stateChanged'>;

export type RemovalCause = 'released' | 'expired' | 'deleted' | 'swept';

export type SimEvent =
  /** Life of the process. `left`: it ended by itself after a shutdown. */
  | { readonly kind: 'started' | 'killed' | 'left' | 'blocked' | 'unblocked'; readonly node: NodeView }
  | {
      readonly kind: 'hears';
      readonly node: NodeView;
      readonly packet: Uint8Array;
      readonly advert: Advert | undefined;
    }
  /** After the runner was given the packet of the last `hears`. */
  | {
      readonly kind: 'heard';
      readonly node: NodeView;
      readonly advert: Advert | undefined;
      readonly received: Received | undefined;
    }
  | {
      readonly kind: 'stepped';
      readonly node: NodeView;
      readonly input: Input;
      readonly before: Router;
      readonly after: Router;
      readonly effects: readonly Effect[];
      readonly deadlineBefore: number | undefined;
      readonly deadline: number | undefined;
    }
  | {
      readonly kind: 'begins';
      readonly node: NodeView;
      readonly operation: Operation;
      /** To acquire. */
      readonly leaseSeconds: number | undefined;
      /** To advertise. */
      readonly packet: Uint8Array | undefined;
    }
  | {
      readonly kind: 'ends';
      readonly node: NodeView;
      readonly operation: Operation;
      readonly failure: string | undefined;
    }
  /** An advertisement leaves a node for the link. */
  | { readonly kind: 'sent'; readonly node: NodeView; readonly packet: Uint8Array }
  | { readonly kind: 'added'; readonly node: NodeView; readonly address: IpAddress }
  | {
      readonly kind: 'removed';
      readonly node: NodeView;
      readonly address: IpAddress;
      readonly cause: RemovalCause;
    }
  /** A gratuitous ARP reaches the neighbours of a node. */
  | { readonly kind: 'announced'; readonly near: NodeView; readonly mac: string; readonly address: number }
  | { readonly kind: 'note'; readonly text: string }
  /** From here on everything works. */
  | { readonly kind: 'healed' }
  /** The bound after healing has passed. */
  | { readonly kind: 'settled' }
  /** Faults begin. */
  | { readonly kind: 'troubled' }
  /** A while after `settled`. */
  | { readonly kind: 'calm' }
  /** The end, when announcements had their time too. */
  | { readonly kind: 'over' };

export const KINDS = [
  'started',
  'killed',
  'left',
  'blocked',
  'unblocked',
  'hears',
  'heard',
  'stepped',
  'begins',
  'ends',
  'sent',
  'added',
  'removed',
  'announced',
  'note',
  'troubled',
  'healed',
  'settled',
  'calm',
  'over',
] as const satisfies readonly SimEvent['kind'][];

export interface Observer {
  /** What it wants to see; undefined: everything. */
  readonly kinds?: readonly SimEvent['kind'][];
  observe(event: SimEvent, at: number): void;
}

/** A checker found the system at fault. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly checker: string;

  constructor(checker: string, message: string) {
    super(message);
    this.checker = checker;
  }
}
