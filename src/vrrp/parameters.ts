/** What a virtual router is configured with (RFC 9568 §6.1, RFC 3768 §6.1). Types only. */

import type { IpAddress } from '../lib/ip-address.ts';
import type { Duration } from '../lib/time.ts';

export type Version = 2 | 3;

/**
 * Which bytes the checksum of a version 3 advertisement over IPv4 covers: the message alone (RFC 9568 §5.2.8) or the
 * message and an IPv4 pseudo-header, as keepalived and RFC 5798 do it.
 */
export type ChecksumForm = 'pseudo-header' | 'message-only';

/** A keyed hash of octets. The key stays inside, so that nothing here could show it. */
export type Digest = (octets: Uint8Array) => Uint8Array;

/** How advertisements are authenticated; README.md says what each is worth. */
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

export interface Parameters {
  readonly version: Version;
  /** 1 to 255. */
  readonly vrid: number;
  /** The virtual addresses in the order in which they are advertised; at least one, at most 255. */
  readonly addresses: readonly IpAddress[];
  /** The source address of our advertisements. */
  readonly primaryAddress: IpAddress;
  /** The effective priority: 1 to 254, or 255 for the owner of the addresses. */
  readonly priority: number;
  readonly advertisementInterval: Duration;
  readonly preempt: boolean;
  /** `fast` shortens local waits (timing.ts); `rfc` keeps to the letter. */
  readonly timing: 'fast' | 'rfc';
  /** The form we send with version 3; both are accepted. */
  readonly checksum: ChecksumForm;
  readonly authentication: Authentication;
}

/** The priority of the router that owns the addresses (RFC 9568 §5.2.4). */
export const OWNER_PRIORITY = 255;

/** The priority that says "I stop being master" (RFC 9568 §5.2.4). */
export const RESIGN_PRIORITY = 0;
