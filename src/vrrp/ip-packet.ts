/**
 * The IP packet around an advertisement: IPv4 (RFC 791, RFC 9568 §5.1.1) or IPv6 (RFC 8200, RFC 9568 §5.1.2), and where it goes.
 * Only a reading and writing of fields; what may be believed is decided in receive.ts.
 */

import { putUint16, uint8At, uint16At } from '../lib/bytes.ts';
import {
  addressBytes,
  addressFrom,
  type Family,
  familyOf,
  type IpAddress,
  parseIpAddress,
} from '../lib/ip-address.ts';

/** The IP protocol number of VRRP, or its next header. */
export const VRRP_PROTOCOL = 112;
/** What multicast advertisements are sent with, and must arrive with: nobody forwarded them. */
export const VRRP_TTL = 255;
/** Network control precedence, as keepalived sends advertisements. */
export const NETWORK_CONTROL = 0xc0;
/** The groups that IANA gave to VRRP (RFC 9568 §11). */
export const MULTICAST_GROUPS = {
  4: parseIpAddress('224.0.0.18') as IpAddress,
  6: parseIpAddress('ff02::12') as IpAddress,
} as const satisfies Record<Family, IpAddress>;

/** Without options or extension headers, as we send it, in octets. */
export const IP_HEADER_LENGTH = { 4: 20, 6: 40 } as const satisfies Record<Family, number>;

const TOTAL_LENGTH_OFFSET = 2;
const IDENTIFICATION_OFFSET = 4;
const FRAGMENT_OFFSET = 6;
/** More Fragments, and the fragment offset: either says that this is a part of a packet. */
const FRAGMENT_BITS = 0x3fff;
const TTL_OFFSET = 8;
const PROTOCOL_OFFSET = 9;
const PAYLOAD_LENGTH_OFFSET = 4;
const NEXT_HEADER_OFFSET = 6;
const HOP_LIMIT_OFFSET = 7;

/** Where the source address begins and the destination after it. */
const ADDRESSES = {
  4: { source: 12, destination: 16, end: 20 },
  6: { source: 8, destination: 24, end: 40 },
} as const;

/** The parts of an IP header that VRRP looks at, and the payload within the length that the header gives. */
export interface IpPacket {
  readonly family: Family;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The TTL, or the hop limit. */
  readonly ttl: number;
  /** The protocol, or the next header. */
  readonly protocol: number;
  /** Whether this is a part of an IPv4 packet: the kernel puts parts together, a capture may hold them. */
  readonly fragment: boolean;
  readonly payload: Uint8Array;
  /** The packet from its header to the end of its payload. */
  readonly octets: Uint8Array;
}

/** The family of a packet by its first octet, whatever follows; undefined when it is no IP packet. */
export function familyOfPacket(packet: Uint8Array): Family | undefined {
  const version = (packet[0] ?? 0) >>> 4;
  return version === 4 || version === 6 ? version : undefined;
}

/** The length of the IP header of a packet; extension headers of IPv6 are payload. */
export function headerLengthOf(packet: Uint8Array): number {
  const first = packet[0] ?? 0;
  return first >>> 4 === 6 ? IP_HEADER_LENGTH[6] : (first & 0xf) * 4;
}

/** Reads a packet; undefined when it is not a whole one. Octets after the length that its header gives are link-layer padding. */
export function decodeIp(packet: Uint8Array): IpPacket | undefined {
  const family = familyOfPacket(packet);
  if (family === undefined || packet.length < IP_HEADER_LENGTH[family]) return undefined;
  const headerLength = headerLengthOf(packet);
  const length =
    family === 4
      ? uint16At(packet, TOTAL_LENGTH_OFFSET)
      : headerLength + uint16At(packet, PAYLOAD_LENGTH_OFFSET);
  if (headerLength < IP_HEADER_LENGTH[family] || length < headerLength || length > packet.length)
    return undefined;
  const at = ADDRESSES[family];
  return {
    family,
    ttl: uint8At(packet, family === 4 ? TTL_OFFSET : HOP_LIMIT_OFFSET),
    protocol: protocolOf(packet),
    source: addressFrom(packet.subarray(at.source, at.destination)),
    destination: addressFrom(packet.subarray(at.destination, at.end)),
    fragment: family === 4 && (uint16At(packet, FRAGMENT_OFFSET) & FRAGMENT_BITS) !== 0,
    payload: packet.subarray(headerLength, length),
    octets: packet.subarray(0, length),
  };
}

/** The protocol or next header of a packet that is long enough to have one; else 0. */
export function protocolOf(packet: Uint8Array): number {
  return packet[familyOfPacket(packet) === 6 ? NEXT_HEADER_OFFSET : PROTOCOL_OFFSET] ?? 0;
}

/** Whether an address is that of a group: 224.0.0.0/4 or ff00::/8. */
export function isMulticast(address: IpAddress): boolean {
  return familyOf(address) === 4 ? Number.parseInt(address, 10) >>> 4 === 0xe : /^ff..:/.test(address);
}

export interface IpHeader {
  /** Type of service or traffic class. */
  readonly trafficClass: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly protocol: number;
  /** IPv4 only; with 0 the kernel chooses one. */
  readonly identification: number;
}

/** Writes the header of a packet that is all there but for it. The kernel fills the checksum that IPv4 has. */
export function writeIpHeader(packet: Uint8Array, family: Family, header: IpHeader): void {
  if (family === 4) {
    packet[0] = 0x45;
    packet[1] = header.trafficClass;
    putUint16(packet, TOTAL_LENGTH_OFFSET, packet.length);
    putUint16(packet, IDENTIFICATION_OFFSET, header.identification);
    packet[TTL_OFFSET] = header.ttl;
    packet[PROTOCOL_OFFSET] = header.protocol;
  } else {
    packet[0] = 0x60 | (header.trafficClass >>> 4);
    packet[1] = (header.trafficClass & 0xf) << 4;
    putUint16(packet, PAYLOAD_LENGTH_OFFSET, packet.length - IP_HEADER_LENGTH[6]);
    packet[NEXT_HEADER_OFFSET] = header.protocol;
    packet[HOP_LIMIT_OFFSET] = header.ttl;
  }
  packet.set(addressBytes(header.source), ADDRESSES[family].source);
  packet.set(addressBytes(header.destination), ADDRESSES[family].destination);
}
