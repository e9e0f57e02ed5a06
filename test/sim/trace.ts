/**
 * What can be seen of the virtual world. Everything that happens is told here, as it happens, to whoever watches: the
 * checkers and the transcript. Watching changes nothing.
 */

import type { TrackerReport } from '../../src/app/tracker-runner.ts';
import type { DrainOutcome } from '../../src/control/drain.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { Health } from '../../src/tracking/tracker.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import type { Received } from '../../src/vrrp/receive.ts';
import type { Effect, Input, Router, State } from '../../src/vrrp/state.ts';
import type { NodeConfig } from './config.ts';
import type { Advert } from './packets.ts';
import type { Reading, TrackerSetup } from './tracker-setup.ts';

/** A tracker as the watchers see it: what the runner said last, `unknown` before its first word. */
export interface TrackerView {
  readonly setup: TrackerSetup;
  readonly health: Health;
  readonly value: number | undefined;
  /** What it must come to if nothing changes any more. */
  readonly expected: Reading | undefined;
  /** Undefined while no process runs. */
  readonly report: TrackerReport | undefined;
}

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
  readonly trackers: readonly TrackerView[];
  /** Until when the packet filter holds new connections off. */
  readonly heldUntil: number;
  /** The effective priority that its trackers give it at this moment. */
  readonly worth: number;
  /** Packets that arrived and were not read yet. */
  readonly unread: readonly Uint8Array[];
  /** Effects that wait for their turn in the runner. */
  readonly waiting: number;
  holds(address: IpAddress): boolean;
  /** µs in which the node could not act or an edge was slow, summed up since the world began. */
  readonly lostUs: number;
  /** The same without the time in which only its addresses were slow to come or to be announced. */
  readonly silencedUs: number;
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
  /** Something that is watched changed, or how it answers. */
  | { readonly kind: 'watched'; readonly node: NodeView; readonly tracker: number }
  /** A check begins. */
  | { readonly kind: 'checks'; readonly node: NodeView; readonly tracker: number }
  /** What a tracker runner is told, or has to tell itself after a timeout. `ok` undefined: no evidence. */
  | {
      readonly kind: 'found';
      readonly node: NodeView;
      readonly tracker: number;
      readonly occasion: 'check' | 'notice' | 'timeout';
      readonly ok: boolean | undefined;
      readonly value: number | undefined;
    }
  /** A tracker decides, or reads another number. */
  | {
      readonly kind: 'health';
      readonly node: NodeView;
      readonly tracker: number;
      readonly health: Health;
      readonly value: number | undefined;
    }
  /** An operator's word reaches the process. */
  | {
      readonly kind: 'drainAsked';
      readonly node: NodeView;
      /** Which of the drains that were asked for. */
      readonly run: number;
      readonly force: boolean;
    }
  | { readonly kind: 'undrainAsked'; readonly node: NodeView }
  | {
      readonly kind: 'drainEnded';
      readonly node: NodeView;
      readonly run: number;
      readonly outcome: DrainOutcome['outcome'];
    }
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
  'watched',
  'checks',
  'found',
  'health',
  'drainAsked',
  'undrainAsked',
  'drainEnded',
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
