/**
 * Who is heard on a virtual router's VRID: the peers, of whom advertisements were accepted, and those of whom none was. Both lists are
 * bounded and apart, so that a flood in thousands of names pushes out neither a peer nor a neighbour that is configured otherwise: whoever
 * has a place keeps it until it was silent for a minute, and who comes when all places are taken is only counted.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import { after, type Instant, seconds } from '../lib/time.ts';
import type { Advertisement } from '../vrrp/advertisement.ts';
import type { ChecksumForm } from '../vrrp/parameters.ts';
import type { DiscardReason, Oddity, Received } from '../vrrp/receive.ts';
import type { Proof } from '../vrrp/verify.ts';
import { type Clash, clashOf } from './clash.ts';

type Accepted = Extract<Received, { kind: 'accept' }>;
type Discarded = Extract<Received, { kind: 'discard' }>;

/** What an accepted advertisement may be told of. */
export type Difference = Oddity | Clash;

export type Topic = DiscardReason | Difference;

/** One thing that is wrong or odd about a sender's packets. */
export interface Remark {
  readonly count: number;
  /** Of the last one, as all that follows. */
  readonly detail: string;
  readonly advertisement: Advertisement | undefined;
  readonly lastAt: Instant;
}

export interface Sender {
  /** Undefined for packets that are not whole enough to have one. */
  readonly address: IpAddress | undefined;
  /** Of a peer: by an accepted advertisement. */
  readonly lastHeardAt: Instant;
  /** The last one, as far as it could be read. */
  readonly advertisement: Advertisement | undefined;
  readonly remarks: ReadonlyMap<Topic, Remark>;
}

export interface Peer extends Sender {
  readonly address: IpAddress;
  /** The last one that was accepted. */
  readonly advertisement: Advertisement;
  readonly checksumForm: ChecksumForm;
  readonly proof: Proof;
  readonly differences: readonly Difference[];
}

/** What the log should tell of an advertisement that was accepted. */
export type Telling = readonly Difference[] | 'speak-of-the-crowd';

/** What the log should say of a packet that was refused. */
export type Utterance = 'speak' | 'silence' | 'speak-of-the-crowd';

const PEERS_KEPT = 16;
const REFUSED_KEPT = 16;
const QUIET_TIME = seconds(60);

interface KeptRemark {
  count: number;
  detail: string;
  advertisement: Advertisement | undefined;
  lastAt: Instant;
  quietUntil: Instant;
}

interface Refused extends Sender {
  lastHeardAt: Instant;
  advertisement: Advertisement | undefined;
  readonly remarks: Map<Topic, KeptRemark>;
}

interface KeptPeer extends Peer {
  readonly remarks: Map<Topic, KeptRemark>;
}

export class Senders {
  readonly #peers = new Map<IpAddress, KeptPeer>();
  readonly #refused = new Map<IpAddress | undefined, Refused>();
  readonly #crowds = { accepted: new Crowd(), refused: new Crowd() };

  /** Packets refused of senders that have no place in the list. */
  get crowd(): number {
    return this.#crowds.refused.packets;
  }

  /** Advertisements accepted of senders that have no place in the list. */
  get crowdOfPeers(): number {
    return this.#crowds.accepted.packets;
  }

  /** Most recently heard last. */
  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** Those of whom nothing was accepted, in the order in which they came. */
  get refused(): readonly Sender[] {
    return [...this.#refused.values()];
  }

  /** Notes an advertisement that a router with our priority accepted. */
  accept(accepted: Accepted, at: Instant, ourPriority: number): Telling {
    const { source, advertisement, checksumForm, proof, oddities } = accepted;
    const clash = clashOf(advertisement.priority, ourPriority);
    const differences = clash === undefined ? oddities : [...oddities, clash];
    const known = this.#peers.get(source) ?? this.#refused.get(source);
    if (!this.#peers.has(source) && !hasRoom(this.#peers, PEERS_KEPT, at))
      return this.#crowds.accepted.count(at) ? 'speak-of-the-crowd' : [];
    this.#refused.delete(source);
    // Anew, so that it comes last.
    this.#peers.delete(source);
    const remarks = known?.remarks ?? new Map<Topic, KeptRemark>();
    this.#peers.set(source, {
      address: source,
      lastHeardAt: at,
      ...{ advertisement, checksumForm, proof, differences, remarks },
    });
    return differences.filter(each => note(remarks, each, { detail: '', advertisement }, at));
  }

  refuse({ source, reason, detail, advertisement }: Discarded, at: Instant): Utterance {
    const peer = source === undefined ? undefined : this.#peers.get(source);
    const sender = peer ?? this.#refused.get(source) ?? this.#admit(source, at);
    if (sender === undefined) return this.#crowds.refused.count(at) ? 'speak-of-the-crowd' : 'silence';
    if (sender !== peer) Object.assign(sender, { lastHeardAt: at, advertisement });
    return note(sender.remarks, reason, { detail, advertisement }, at) ? 'speak' : 'silence';
  }

  #admit(address: IpAddress | undefined, at: Instant): Refused | undefined {
    if (!hasRoom(this.#refused, REFUSED_KEPT, at)) return undefined;
    const sender: Refused = { address, lastHeardAt: at, advertisement: undefined, remarks: new Map() };
    this.#refused.set(address, sender);
    return sender;
  }
}

/** Those who are not told apart. */
class Crowd {
  packets = 0;
  #quietUntil: Instant | undefined;

  /** True for the first within a minute. */
  count(at: Instant): boolean {
    this.packets += 1;
    if (this.#quietUntil !== undefined && at < this.#quietUntil) return false;
    this.#quietUntil = after(at, QUIET_TIME);
    return true;
  }
}

/** Whether there is a place for one more; who was silent for a minute makes room. */
function hasRoom<Address>(
  kept: Map<Address, Pick<Sender, 'lastHeardAt'>>,
  places: number,
  at: Instant,
): boolean {
  if (kept.size < places) return true;
  const silent = [...kept].find(([, { lastHeardAt }]) => after(lastHeardAt, QUIET_TIME) <= at);
  return silent !== undefined && kept.delete(silent[0]);
}

/** True for the first of a topic within a minute. */
function note(
  remarks: Map<Topic, KeptRemark>,
  topic: Topic,
  last: Pick<KeptRemark, 'detail' | 'advertisement'>,
  at: Instant,
): boolean {
  const known = remarks.get(topic);
  if (known !== undefined && at < known.quietUntil) {
    Object.assign(known, { count: known.count + 1, lastAt: at, ...last });
    return false;
  }
  remarks.set(topic, {
    count: (known?.count ?? 0) + 1,
    lastAt: at,
    quietUntil: after(at, QUIET_TIME),
    ...last,
  });
  return true;
}
