/**
 * The rungs of the receive ladder that ask who sent a packet: the authentication of RFC 2338 §5.3.6 and the trailer of
 * draft-cassen-vrrp-auth-hmac. Of a trailer, what can be refused without a hash is refused first; only what is proven is remembered.
 */

import { equalInConstantTime } from '../lib/bytes.ts';
import { toUint32 } from '../lib/ip-address.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { type Duration, formatDuration, microseconds, seconds, type Utc } from '../lib/time.ts';
import type { Advertisement, Parts } from './advertisement.ts';
import { AUTHENTICATION_TYPES } from './authentication.ts';
import { isSealIntact } from './authentication-header.ts';
import type { IpPacket } from './ip-packet.ts';
import type { Authentication, Digest, HmacAuthentication } from './parameters.ts';
import {
  isRepeatedInHeader,
  isRepeatedInTrailer,
  type Memory,
  NO_MEMORY,
  remember,
  timeBetween,
} from './sequence.ts';
import { isSignatureRight } from './trailer.ts';

/** What a judgement needs to know beyond the packet. */
export interface Hearing {
  /** Of the packets before this one. */
  readonly memory: Memory;
  /** The time of day; undefined for a packet of another day, whose age says nothing. */
  readonly now: Utc | undefined;
}

/** For a packet that stands for itself. */
export const SINGLE_PACKET: Hearing = { memory: NO_MEMORY, now: undefined };

export type AuthenticationFault = readonly [
  reason:
    | 'auth-type'
    | 'auth-missing'
    | 'auth-password'
    | 'auth-trailer'
    | 'auth-stale'
    | 'auth-key'
    | 'auth-digest'
    | 'auth-spi'
    | 'auth-replay',
  detail: string,
];

/** How a packet proved its sender; `hmac 1` names the key. */
export type Proof = 'none' | 'pass' | 'ah' | `hmac ${number}`;

export interface Verified {
  readonly proof: Proof;
  readonly memory: Memory;
}

type Verdict = Result<Verified, AuthenticationFault>;

/** A packet as far as it was read; its form is as it should be. */
export interface Exhibit {
  readonly ip: IpPacket;
  readonly parts: Parts;
  readonly advertisement: Advertisement;
}

export function verify(exhibit: Exhibit, expected: Authentication, hearing: Hearing): Verdict {
  const otherType = typeFault(exhibit, expected);
  if (otherType !== undefined) return err(otherType);
  switch (expected.type) {
    case 'none':
      return ok({ proof: 'none', memory: hearing.memory });
    case 'pass':
      return verifyPassword(exhibit, expected.key, hearing);
    case 'ah':
      return verifyHeader(exhibit, expected.digest, hearing);
    case 'hmac':
      return verifyTrailer(exhibit, expected, hearing);
  }
}

function typeFault(
  { advertisement, parts }: Exhibit,
  expected: Authentication,
): AuthenticationFault | undefined {
  const ours = AUTHENTICATION_TYPES[expected.type];
  const theirs = advertisement.authentication?.type ?? ours;
  if (theirs !== ours) return ['auth-type', `authentication type ${theirs}, ours is ${ours}`];
  if (parts.header !== undefined && expected.type !== 'ah')
    return ['auth-type', 'an authentication header (AH), and we have none'];
  return undefined;
}

function verifyPassword({ advertisement }: Exhibit, key: Uint8Array, { memory }: Hearing): Verdict {
  const password = advertisement.authentication?.data;
  return password !== undefined && equalInConstantTime(password, key)
    ? ok({ proof: 'pass', memory })
    : err(['auth-password', 'the password differs']);
}

/** In keepalived's order: digest, SPI, sequence number. */
function verifyHeader({ ip, parts: { header } }: Exhibit, digest: Digest, { memory }: Hearing): Verdict {
  if (header === undefined) return err(['auth-missing', 'no authentication header (AH)']);
  if (!isSealIntact(ip.octets, digest))
    return err(['auth-digest', 'the packet was made with another password, or altered']);
  if (header.spi !== toUint32(ip.source))
    return err(['auth-spi', `SPI 0x${header.spi.toString(16)} is not that of ${ip.source}`]);
  if (isRepeatedInHeader(memory, header.sequence))
    return err(['auth-replay', `sequence number ${header.sequence} after ${memory.last}`]);
  return ok({ proof: 'ah', memory: { ...memory, last: BigInt(header.sequence) } });
}

function verifyTrailer({ ip, parts }: Exhibit, expected: HmacAuthentication, hearing: Hearing): Verdict {
  const { trailer, signed } = parts;
  const { memory, now } = hearing;
  if (trailer === undefined)
    return expected.mode === 'enforce'
      ? err(['auth-missing', 'no authentication trailer'])
      : ok({ proof: 'none', memory });
  if (!trailer.wellFormed) return err(['auth-trailer', 'a trailer of another scheme than HMAC-SHA256']);
  const { keyId, sequence } = trailer;
  const { window } = expected;
  const ahead = now === undefined ? seconds(0) : timeBetween(now, sequence);
  if (window !== undefined && Math.abs(ahead) > window)
    return err(['auth-stale', staleDetail(ahead, window)]);
  const digest = expected.keys.get(keyId);
  if (digest === undefined) return err(['auth-key', `key ${keyId} is not among ours`]);
  if (isRepeatedInTrailer(memory, ip.source, sequence, window, now))
    return err(['auth-replay', 'its sequence number was used before']);
  if (!isSignatureRight(signed, ip.source, digest))
    return err(['auth-digest', `key ${keyId} differs, or the packet was altered`]);
  return ok({ proof: `hmac ${keyId}`, memory: remember(memory, ip.source, sequence) });
}

function staleDetail(ahead: Duration, window: Duration): string {
  const apart = `${formatDuration(microseconds(Math.abs(ahead)))} ${ahead < 0 ? 'before' : 'after'}`;
  return `signed ${apart} our time of day, ${formatDuration(window)} are allowed: an old packet, or clocks that differ`;
}
