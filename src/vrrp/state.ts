/**
 * What a virtual router is made of: its states (RFC 9568 §6.3), the inputs that move it and the effects it asks for.
 * Types only; virtual-router.ts says what happens.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import type { Duration, Instant } from '../lib/time.ts';
import type { Advertisement } from './advertisement.ts';
import type { Parameters } from './parameters.ts';

/** Why a state was entered; `detail` of the transition says more. */
export type Reason =
  | 'startup'
  | 'owner'
  | 'master-silent'
  | 'master-resigned'
  | 'master-yielded'
  | 'lower-priority'
  | 'higher-priority'
  | 'higher-address'
  | 'sync-group'
  | 'fault'
  | 'fault-cleared'
  | 'effect-failed'
  | 'shutdown';

export interface Init {
  readonly name: 'init';
}

/** How long a backup that came back leaves a master of lower priority alone. */
export interface Patience {
  readonly until: Instant;
  /** Such a master was heard, and the preempt delay runs. */
  readonly armed: boolean;
}

export interface Backup {
  readonly name: 'backup';
  /** Active_Down_Timer: when the master is held to be gone. */
  readonly masterDownAt: Instant;
  /** What the timer waits for: silence, the end of the short skew after the master gave way, or of our patience with it. */
  readonly waitingFor: 'master-silent' | 'master-resigned' | 'master-yielded' | 'lower-priority';
  /** Undefined once a router that outranks us was heard: from then on it is not we who come back. */
  readonly patience: Patience | undefined;
  /** The timer has run out; the sync group did not let us rise yet. */
  readonly isReady: boolean;
  /** Active_Adver_Interval, learned from the master in version 3. */
  readonly masterInterval: Duration;
  /** The sender of the last accepted advertisement; undefined until one was heard. */
  readonly master: { readonly address: IpAddress; readonly priority: number } | undefined;
}

export interface Master {
  readonly name: 'master';
  /** Adver_Timer. */
  readonly advertiseAt: Instant;
  /** From here on an advertisement also renews the lease of the addresses. */
  readonly renewAt: Instant;
  /** Announcements still to come, in order. */
  readonly announceAt: readonly Instant[];
  /** No re-assertion before this. */
  readonly reassertFrom: Instant;
  /** A re-assertion that had to wait for `reassertFrom`. */
  readonly reassertPending: boolean;
  /** Consecutive advertisements that could not be sent. */
  readonly sendFailures: { readonly count: number; readonly lastAt: Instant } | undefined;
}

export interface Fault {
  readonly name: 'fault';
  /** What the outside holds against us: an interface that is down, a tracker that failed; undefined when nothing (any more). */
  readonly cause: string | undefined;
  /** After a failed effect: not before this. */
  readonly retryAt: Instant | undefined;
}

export type State = Init | Backup | Master | Fault;

export interface Router<S extends State = State> {
  readonly parameters: Parameters;
  readonly state: S;
}

export type EffectName = 'advertise' | 'acquireAddresses' | 'announceAddresses' | 'releaseAddresses';

export type Input =
  /** `fault`: what already stands against us, so that we do not take part for a moment first. */
  | { readonly type: 'startup'; readonly fault: string | undefined }
  | { readonly type: 'shutdown' }
  | { readonly type: 'timeout' }
  | { readonly type: 'advert'; readonly advertisement: Advertisement; readonly source: IpAddress }
  | { readonly type: 'parameters'; readonly parameters: Parameters }
  | { readonly type: 'fault'; readonly cause: string }
  | { readonly type: 'faultCleared' }
  /** The sync group lets a backup that is ready become master. */
  | { readonly type: 'rise' }
  /** The sync group takes a master down; it is silent for `wait` longer than others that step down. */
  | { readonly type: 'stepDown'; readonly detail: string; readonly wait: Duration }
  /** The kernel has not what we should hold: an address was deleted by somebody, its lease ran out, or the addresses are others now. */
  | { readonly type: 'addressLost' }
  | { readonly type: 'effectFailed'; readonly effect: EffectName; readonly message: string };

export type Effect =
  | { readonly type: 'advertise'; readonly priority: number }
  /** Add the addresses, or renew them: afterwards each is there with a whole lease. */
  | { readonly type: 'acquireAddresses' }
  | { readonly type: 'announceAddresses' }
  | { readonly type: 'releaseAddresses' }
  | {
      readonly type: 'stateChanged';
      readonly from: State['name'];
      readonly to: State['name'];
      readonly reason: Reason;
      readonly detail: string;
    };

export interface Step {
  readonly router: Router;
  readonly effects: readonly Effect[];
}
