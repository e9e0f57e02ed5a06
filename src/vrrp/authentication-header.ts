/**
 * The IP Authentication Header as VRRPv2 uses it (RFC 2402, RFC 2338 §5.3.6, RFC 2403): 24 octets between the IPv4 header and
 * the VRRP message, with 96 bits of HMAC-MD5 over all of the packet.
 *
 * Deviation: as keepalived does it. The SPI is the sender's address, nobody having agreed on another; the TTL is covered where
 * RFC 2402 §3.3.3.1.1.1 has it zeroed, unless the packet is for one host. Every keepalived since 1.2.20 knows no other form.
 */

import { equalInConstantTime, putUint16, putUint32, uint8At, uint32At } from '../lib/bytes.ts';
import type { Digest } from './parameters.ts';

export const AUTHENTICATION_HEADER_PROTOCOL = 51;
export const AUTHENTICATION_HEADER_LENGTH = 24;
/** The Payload Len field: the length in 32-bit words, minus 2. */
const PAYLOAD_LENGTH = AUTHENTICATION_HEADER_LENGTH / 4 - 2;
const ICV_LENGTH = 12;
const ICV_OFFSET = AUTHENTICATION_HEADER_LENGTH - ICV_LENGTH;
/** Sequence numbers end here (RFC 2402 §2.5). */
export const LAST_AH_SEQUENCE = 0xffff_ffffn;

export interface AuthenticationHeader {
  readonly spi: number;
  readonly sequence: number;
}

/** Reads the header at the start of an IPv4 payload; undefined when it is cut short or its ICV has not 96 bits. */
export function decodeAuthenticationHeader(payload: Uint8Array): AuthenticationHeader | undefined {
  if (payload.length < AUTHENTICATION_HEADER_LENGTH || uint8At(payload, 1) !== PAYLOAD_LENGTH)
    return undefined;
  return { spi: uint32At(payload, 4), sequence: uint32At(payload, 8) };
}

/**
 * Fills the header of a packet that is complete but for it. The IPv4 header must be as it will be on the wire: an identification of
 * 0 would be replaced by the kernel.
 */
export function sealPacket(packet: Uint8Array, nextHeader: number, sequence: bigint, digest: Digest): void {
  const at = headerLength(packet);
  packet[at] = nextHeader;
  packet[at + 1] = PAYLOAD_LENGTH;
  putUint16(packet, at + 2, 0);
  packet.copyWithin(at + 4, SOURCE_OFFSET, SOURCE_OFFSET + 4);
  putUint32(packet, at + 8, Number(sequence));
  packet.set(icvOf(packet, digest), at + ICV_OFFSET);
}

/** Whether a packet with an authentication header is what the holder of the key sent. */
export function isSealIntact(packet: Uint8Array, digest: Digest): boolean {
  const at = headerLength(packet) + ICV_OFFSET;
  return equalInConstantTime(packet.subarray(at, at + ICV_LENGTH), icvOf(packet, digest));
}

const TYPE_OF_SERVICE_OFFSET = 1;
const FRAGMENT_OFFSET = 6;
const TTL_OFFSET = 8;
const CHECKSUM_OFFSET = 10;
const SOURCE_OFFSET = 12;
const DESTINATION_OFFSET = 16;

/** What changes on the way counts as zero, and the ICV itself. */
function icvOf(packet: Uint8Array, digest: Digest): Uint8Array {
  const covered = Uint8Array.from(packet);
  covered[TYPE_OF_SERVICE_OFFSET] = 0;
  putUint16(covered, FRAGMENT_OFFSET, 0);
  if (!isMulticast(packet)) covered[TTL_OFFSET] = 0;
  putUint16(covered, CHECKSUM_OFFSET, 0);
  const at = headerLength(packet) + ICV_OFFSET;
  covered.fill(0, at, at + ICV_LENGTH);
  return digest(covered).subarray(0, ICV_LENGTH);
}

const isMulticast = (packet: Uint8Array): boolean => uint8At(packet, DESTINATION_OFFSET) >>> 4 === 0xe;

const headerLength = (packet: Uint8Array): number => (uint8At(packet, 0) & 0xf) * 4;
