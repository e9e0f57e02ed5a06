/**
 * What one virtual router went through: counters, peers, transitions, and their log lines. It watches a runner and
 * decides nothing. Every list is bounded; a packet that is dropped is counted always and logged once a minute for each
 * sender and reason.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import { after, type Duration, type Instant, seconds } from '../lib/time.ts';
import type { ChecksumForm, Version } from '../vrrp/parameters.ts';
import { DISCARD_REASONS, type DiscardReason, type Oddity, type Received } from '../vrrp/receive.ts';
import type { Effect, State } from '../vrrp/state.ts';
import type { Proof } from '../vrrp/verify.ts';
import type { RunnerEvents } from './router-runner.ts';

export interface Peer {
  readonly address: IpAddress;
  readonly priority: number;
  readonly version: Version;
  readonly interval: Duration;
  readonly checksumForm: ChecksumForm;
  readonly proof: Proof;
  readonly oddities: readonly Oddity[];
  readonly lastHeardAt: Instant;
}

export interface Transition {
  readonly from: State['name'];
  readonly to: State['name'];
  readonly detail: string;
  readonly at: Instant;
}

type StateChange = Extract<Effect, { type: 'stateChanged' }>;
type Deed = Exclude<Effect, { type: 'stateChanged' }>;

const TRANSITIONS_KEPT = 10;
const PEERS_KEPT = 16;
const QUIET_TIME = seconds(60);
const QUIETED_KEPT = 128;

export class RouterJournal implements RunnerEvents {
  readonly #name: string;
  readonly #log: Logger;
  readonly #peers = new Map<IpAddress, Peer>();
  readonly #quietUntil = new Map<string, Instant>();
  readonly #onStateChange: (change: StateChange) => void;
  readonly transitions: Transition[] = [];
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

  /** Most recently heard last. */
  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  received(received: Received, at: Instant): void {
    if (received.kind === 'discard') this.#discarded(received, at);
    else this.#accepted(received, at);
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
    this.#onStateChange(change);
  }

  #accepted(received: Extract<Received, { kind: 'accept' }>, at: Instant): void {
    const { advertisement, source, checksumForm, oddities, proof } = received;
    this.advertsReceived++;
    if (advertisement.priority === 0) this.priorityZeroReceived++;
    this.#peers.delete(source);
    this.#peers.set(source, {
      address: source,
      priority: advertisement.priority,
      version: advertisement.version as Version,
      interval: advertisement.interval,
      checksumForm,
      proof,
      oddities,
      lastHeardAt: at,
    });
    dropOldest(this.#peers, PEERS_KEPT);
    for (const oddity of oddities)
      this.#logOnce(
        source,
        oddity,
        at,
        { oddity },
        'an advertisement is accepted but differs from our configuration',
      );
  }

  #discarded(received: Extract<Received, { kind: 'discard' }>, at: Instant): void {
    const { reason, detail, source } = received;
    this.discards[reason]++;
    this.#logOnce(source, reason, at, { reason, detail }, 'a packet was dropped');
  }

  #logOnce(
    source: IpAddress | undefined,
    topic: string,
    at: Instant,
    fields: Readonly<Record<string, unknown>>,
    message: string,
  ): void {
    const key = `${source} ${topic}`;
    const quietUntil = this.#quietUntil.get(key);
    if (quietUntil !== undefined && at < quietUntil) return;
    this.#quietUntil.delete(key);
    this.#quietUntil.set(key, after(at, QUIET_TIME));
    dropOldest(this.#quietUntil, QUIETED_KEPT);
    this.#log.warn({ router: this.#name, source, ...fields }, message);
  }
}

function dropOldest(map: Map<unknown, unknown>, keep: number): void {
  for (const key of map.keys()) {
    if (map.size <= keep) return;
    map.delete(key);
  }
}
