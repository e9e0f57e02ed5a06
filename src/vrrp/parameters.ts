/** What a virtual router is configured with (RFC 9568 §6.1, RFC 3768 §6.1). */

import { assert } from '../lib/assert.ts';
import { type Family, familyOf, type IpAddress } from '../lib/ip-address.ts';
import type { Duration } from '../lib/time.ts';

export type Version = 2 | 3;

/**
 * Which bytes the checksum of a version 3 advertisement over IPv4 covers: the message alone (RFC 9568 §5.2.8); the message and an
 * IPv4 pseudo-header, as keepalived and RFC 5798 do it; or, to a unicast peer, a pseudo-header that names the multicast group all
 * the same, as keepalived up to 1.3.6 does it. Over IPv6 it is always the pseudo-header (RFC 8200 §8.1), in version 2 always the message.
 */
export type ChecksumForm = 'pseudo-header' | 'message-only' | 'multicast-pseudo-header';

/** Advertisements to one peer after the other instead of to the group; no RFC has it, keepalived does. */
export interface Unicast {
  /** At least one; our own address is not among them. */
  readonly peers: readonly IpAddress[];
  /** The TTL or hop limit that we send with, 1 to 255. */
  readonly ttl: number;
  /** The lowest that we accept, 1 to 255; 255 keeps out whatever crossed a router (RFC 5082). */
  readonly minimumTtl: number;
  /** Whether only the peers are believed. */
  readonly checkSource: boolean;
}

/** A keyed hash of octets. The key stays inside, so that nothing here could show it. */
export type Digest = (octets: Uint8Array) => Uint8Array;

/** How advertisements are authenticated; compose/NETWORK.md says what each is worth. */
export type Authentication =
  | { readonly type: 'none' }
  /** VRRPv2 (RFC 2338 §5.3.6): eight octets, the password padded with zeros. */
  | { readonly type: 'pass'; readonly key: Uint8Array }
  /** VRRPv2 (RFC 2338 §5.3.6): an IP Authentication Header (RFC 2402). `digest`: HMAC-MD5. */
  | { readonly type: 'ah'; readonly digest: Digest }
  | HmacAuthentication;

/** The trailer of draft-cassen-vrrp-auth-hmac, which keepalived 2.4 calls auth_hmac; for both versions. */
export interface HmacAuthentication {
  readonly type: 'hmac';
  /** HMAC-SHA256 by the id of the key, 0 to 255: what is signed with any of them is believed. */
  readonly keys: ReadonlyMap<number, Digest>;
  /** The key that we sign with; one of `keys`. */
  readonly activeKey: number;
  /** `receive-only` does not sign, `enforce` believes nothing without a signature, `permissive` signs and believes both. */
  readonly mode: 'receive-only' | 'permissive' | 'enforce';
  /** How far the time of a signature may be from our clock, in whole seconds; undefined: clocks need not agree. */
  readonly window: Duration | undefined;
}

/** When a new or re-asserting master announces its addresses again, counted from the first announcement. */
export interface Announcing {
  /** Ascending. A rival may have announced in the same moment, and a switch may have missed one. */
  readonly again: readonly Duration[];
  /**
   * From the last of those on; undefined: never. A rival that was never heard may have pulled the traffic: when a partition heals, the
   * loser hears the winner first and falls silent, and nothing tells the winner to announce again.
   */
  readonly refresh: Duration | undefined;
}

export interface Parameters {
  readonly version: Version;
  /** 1 to 255. */
  readonly vrid: number;
  /** The virtual addresses in the order in which they are advertised; at least one, at most 255; all of one family, IPv6 with version 3 only. */
  readonly addresses: readonly IpAddress[];
  /** The source address of our advertisements, of the family of `addresses`; over IPv6 link-local unless they go to unicast peers. */
  readonly primaryAddress: IpAddress;
  /** Undefined: to the multicast group. */
  readonly unicast: Unicast | undefined;
  /** The effective priority: 1 to 254, or 255 for the owner of the addresses. */
  readonly priority: number;
  readonly advertisementInterval: Duration;
  readonly preempt: boolean;
  /** How long a master of lower priority is left alone by one that came back and may preempt; 0: no longer than RFC 9568 asks for. */
  readonly preemptDelay: Duration;
  /** Whether a sync group decides when we rise (sync-group.ts). */
  readonly joint: boolean;
  readonly announcing: Announcing;
  /** `fast` shortens local waits (timing.ts); `rfc` keeps to the letter. */
  readonly timing: 'fast' | 'rfc';
  /** The form we send with version 3 over IPv4; every form is accepted. */
  readonly checksum: ChecksumForm;
  readonly authentication: Authentication;
}

/** The family of a virtual router: one VRID in both families is two virtual routers (RFC 9568 §5.2.3). */
export function familyOfRouter({ addresses: [first] }: Pick<Parameters, 'addresses'>): Family {
  assert(first !== undefined, 'a virtual router has an address');
  return familyOf(first);
}

/** The priority of the router that owns the addresses (RFC 9568 §5.2.4). */
export const OWNER_PRIORITY = 255;

/** The priority that says "I stop being master" (RFC 9568 §5.2.4). */
export const RESIGN_PRIORITY = 0;
