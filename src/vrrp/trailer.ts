/**
 * The authentication trailer of draft-cassen-vrrp-auth-hmac (keepalived 2.4's auth_hmac): 28 octets after the VRRP message, which
 * end in the first half of an HMAC-SHA256. It covers the message, the source address, the family, the version and the VRID; not
 * the IP header, so that it survives routers, and not the VRRP checksum. That covers the message without the trailer, over IPv6 with it.
 */

import { equalInConstantTime, uint8At, uint16At } from '../lib/bytes.ts';
import { addressBytes, familyOf, type IpAddress } from '../lib/ip-address.ts';
import type { Digest } from './parameters.ts';

export const TRAILER_LENGTH = 28;
const TAG_LENGTH = 16;
const TAG_OFFSET = TRAILER_LENGTH - TAG_LENGTH;
const SEQUENCE_OFFSET = 4;
const HMAC_SHA256_128 = 1;
const PSEUDO_HEADER_LENGTH = 20;
const CHECKSUM_OFFSET = 6;

export interface Trailer {
  /** Whether its scheme is known and its reserved octets are zero. */
  readonly wellFormed: boolean;
  readonly keyId: number;
  /** 64 bits that only ever grow: seconds since 1970, a fraction of 1/65536 s, a counter (32, 16 and 16 bits). */
  readonly sequence: bigint;
}

/** Reads a trailer of {@link TRAILER_LENGTH} octets. */
export function decodeTrailer(trailer: Uint8Array): Trailer {
  return {
    wellFormed: uint8At(trailer, 0) === HMAC_SHA256_128 && uint16At(trailer, 2) === 0,
    keyId: uint8At(trailer, 1),
    sequence: viewOf(trailer).getBigUint64(SEQUENCE_OFFSET),
  };
}

/** Writes the trailer behind a message that is complete; both lie in `signed`, the trailer's octets zero. */
export function signMessage(
  signed: Uint8Array,
  source: IpAddress,
  keyId: number,
  sequence: bigint,
  digest: Digest,
): void {
  const trailer = signed.subarray(signed.length - TRAILER_LENGTH);
  trailer[0] = HMAC_SHA256_128;
  trailer[1] = keyId;
  viewOf(trailer).setBigUint64(SEQUENCE_OFFSET, sequence);
  trailer.set(tagOf(signed, source, digest), TAG_OFFSET);
}

/** Whether a message with its trailer is what a holder of the key sent from that address. */
export function isSignatureRight(signed: Uint8Array, source: IpAddress, digest: Digest): boolean {
  return equalInConstantTime(signed.subarray(signed.length - TAG_LENGTH), tagOf(signed, source, digest));
}

function tagOf(signed: Uint8Array, source: IpAddress, digest: Digest): Uint8Array {
  const covered = new Uint8Array(PSEUDO_HEADER_LENGTH + signed.length);
  covered[0] = familyOf(source);
  covered[1] = uint8At(signed, 0) >>> 4;
  covered[2] = uint8At(signed, 1);
  covered.set(addressBytes(source), 4);
  covered.set(signed, PSEUDO_HEADER_LENGTH);
  covered.fill(0, PSEUDO_HEADER_LENGTH + CHECKSUM_OFFSET, PSEUDO_HEADER_LENGTH + CHECKSUM_OFFSET + 2);
  covered.fill(0, covered.length - TAG_LENGTH);
  return digest(covered).subarray(0, TAG_LENGTH);
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
