/**
 * What one virtual router went through: counters, peers, transitions, and their log lines. It watches a runner and
 * decides nothing. Every list is bounded; a packet that is dropped is counted always and logged once a minute for each
 * sender and reason.
 */

import type { Logger } from '../lib/logger.ts';
import { after, type Instant, seconds } from '../lib/time.ts';
import type { Parameters } from '../vrrp/parameters.ts';
import { DISCARD_REASONS, type DiscardReason, type Received } from '../vrrp/receive.ts';
import type { Effect, State } from '../vrrp/state.ts';
import type { RunnerEvents } from './router-runner.ts';
import { Senders } from './senders.ts';

export interface Transition {
  readonly from: State['name'];
  readonly to: State['name'];
  readonly detail: string;
  readonly at: Instant;
}

type StateChange = Extract<Effect, { type: 'stateChanged' }>;
type Deed = Exclude<Effect, { type: 'stateChanged' }>;

const TRANSITIONS_KEPT = 10;
/** So many takeovers from silence within a minute are no accident (RFC 9568 §2.5). */
const TAKEOVERS_TO_FLAP = 3;
const FLAPPING_TIME = seconds(60);

export class RouterJournal implements RunnerEvents {
  readonly #name: string;
  readonly #log: Logger;
  readonly #onStateChange: (change: StateChange) => void;
  readonly senders = new Senders();
  readonly transitions: Transition[] = [];
  /** When it became master because the other fell silent, within the last minute. */
  #takeovers: readonly Instant[] = [];
  readonly discards = Object.fromEntries(DISCARD_REASONS.map(r => [r, 0])) as Record<DiscardReason, number>;
  advertsSent = 0;
  advertsReceived = 0;
  priorityZeroSent = 0;
  priorityZeroReceived = 0;
  becameMaster = 0;
  releasedMaster = 0;
  failures = 0;

  constructor(name: string, log: Logger, onStateChange: (change: StateChange) => void) {
    this.#name = name;
    this.#log = log;
    this.#onStateChange = onStateChange;
  }

  received(received: Received, at: Instant, { priority }: Pick<Parameters, 'priority'>): void {
    if (received.kind === 'discard') this.#discarded(received, at);
    else this.#accepted(received, at, priority);
  }

  performed(effect: Deed, failure: { readonly message: string } | undefined): void {
    if (failure !== undefined) {
      this.failures++;
      this.#log.warn({ router: this.#name, effect: effect.type, error: failure.message }, 'an effect failed');
    } else if (effect.type === 'advertise') {
      this.advertsSent++;
      if (effect.priority === 0) this.priorityZeroSent++;
    }
  }

  stateChanged(change: StateChange, at: Instant): void {
    const { from, to, reason, detail } = change;
    if (to === 'master') this.becameMaster++;
    if (from === 'master') this.releasedMaster++;
    this.transitions.unshift({ from, to, detail, at });
    this.transitions.length = Math.min(this.transitions.length, TRANSITIONS_KEPT);
    this.#log.info({ router: this.#name, from, to, reason, detail }, `${this.#name} is ${to} now: ${detail}`);
    if (reason === 'master-silent') this.#tookOver(at);
    this.#onStateChange(change);
  }

  #accepted(received: Extract<Received, { kind: 'accept' }>, at: Instant, ourPriority: number): void {
    const { advertisement, source } = received;
    this.advertsReceived++;
    if (advertisement.priority === 0) this.priorityZeroReceived++;
    const telling = this.senders.accept(received, at, ourPriority);
    if (telling === 'speak-of-the-crowd')
      this.#log.warn(
        { router: this.#name, packets: this.senders.crowdOfPeers },
        'advertisements of more senders are accepted than are told apart: set auth if they are none of yours',
      );
    for (const oddity of telling === 'speak-of-the-crowd' ? [] : telling)
      this.#log.warn(
        { router: this.#name, source, priority: advertisement.priority, oddity },
        'an advertisement is accepted but does not go together with our configuration',
      );
  }

  #tookOver(at: Instant): void {
    const recent = [...this.#takeovers, at].filter(then => after(then, FLAPPING_TIME) > at);
    this.#takeovers = recent.length < TAKEOVERS_TO_FLAP ? recent : [];
    if (recent.length < TAKEOVERS_TO_FLAP) return;
    this.#log.warn(
      { router: this.#name, takeovers: recent.length },
      'it took over from silence again and again: adverts are lost, or a host stands still for longer than the master-down interval; a longer advert-interval helps, or the setting scheduling',
    );
  }

  #discarded(received: Extract<Received, { kind: 'discard' }>, at: Instant): void {
    const { reason, detail, source } = received;
    this.discards[reason]++;
    const utterance = this.senders.refuse(received, at);
    if (utterance === 'silence') return;
    if (utterance === 'speak')
      this.#log.warn({ router: this.#name, source, reason, detail }, 'a packet was dropped');
    else
      this.#log.warn(
        { router: this.#name, packets: this.senders.crowd },
        'packets of more senders are dropped than are told apart',
      );
  }
}
