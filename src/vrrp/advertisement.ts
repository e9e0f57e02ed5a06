/**
 * The VRRP advertisement and its octets: version 3 (RFC 9568 §5.2), version 2 (RFC 3768 §5.3, RFC 2338 for the
 * authentication data), and the IPv4 packet around it (RFC 9568 §5.1.1), with the authentication before or behind it. Decoding
 * here is only a reading of fields; what may be believed is decided in receive.ts.
 */

import { assert } from '../lib/assert.ts';
import { putUint16, putUint32, uint8At, uint16At, uint32At } from '../lib/bytes.ts';
import { fromUint32, type IpAddress, parseIpAddress, toUint32 } from '../lib/ip-address.ts';
import { centiseconds, type Duration, inCentiseconds, inSeconds, seconds } from '../lib/time.ts';
import {
  AUTHENTICATION_DATA_LENGTH,
  AUTHENTICATION_TYPES,
  authenticationData,
  signs,
} from './authentication.ts';
import {
  AUTHENTICATION_HEADER_LENGTH,
  AUTHENTICATION_HEADER_PROTOCOL,
  type AuthenticationHeader,
  decodeAuthenticationHeader,
  sealPacket,
} from './authentication-header.ts';
import { messageChecksum, VRRP_PROTOCOL } from './checksum.ts';
import type { ChecksumForm, Parameters } from './parameters.ts';
import { FIRST_SEQUENCE } from './sequence.ts';
import { decodeTrailer, signMessage, TRAILER_LENGTH, type Trailer } from './trailer.ts';

const IPV4_HEADER_LENGTH = 20;
const IDENTIFICATION_OFFSET = 4;
const PROTOCOL_OFFSET = 9;
const FIXED_LENGTH = 8;
const ADVERTISEMENT_TYPE = 1;
/** Network control precedence, as keepalived sends it. */
const TYPE_OF_SERVICE = 0xc0;
export const VRRP_TTL = 255;
export const MULTICAST_GROUP = parseIpAddress('224.0.0.18') as IpAddress;

/** The fields of an advertisement as they stand on the wire; nothing is checked but that they could be read. */
export interface Advertisement {
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  /** 0 to 255; 0 means that the sender resigns. */
  readonly priority: number;
  /** The Count field; `addresses` may hold fewer when the message is too short. */
  readonly count: number;
  readonly addresses: readonly IpAddress[];
  readonly interval: Duration;
  readonly checksum: number;
  /** Version 2 only: the Auth Type field and the eight octets at the end of the message. */
  readonly authentication: { readonly type: number; readonly data: Uint8Array } | undefined;
}

/** The parts of an IPv4 header that VRRP looks at, and the payload within the header's Total Length. */
export interface Ipv4Packet {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
  /** The packet from its header to the end of its payload. */
  readonly octets: Uint8Array;
}

/** What an IPv4 payload is made of; `signed` is the message with the trailer. */
export interface Parts {
  readonly header: AuthenticationHeader | undefined;
  readonly message: Uint8Array;
  readonly trailer: Trailer | undefined;
  readonly signed: Uint8Array;
}

/** The length a message with this version and count must have, in octets. */
export function messageLength(version: number, count: number): number {
  return FIXED_LENGTH + 4 * count + (version === 2 ? AUTHENTICATION_DATA_LENGTH : 0);
}

/** Reads an IPv4 packet; undefined when it is not a whole one. Octets after Total Length are link-layer padding. */
export function decodeIpv4(packet: Uint8Array): Ipv4Packet | undefined {
  if (packet.length < IPV4_HEADER_LENGTH || uint8At(packet, 0) >>> 4 !== 4) return undefined;
  const headerLength = (uint8At(packet, 0) & 0xf) * 4;
  const totalLength = uint16At(packet, 2);
  if (headerLength < IPV4_HEADER_LENGTH || totalLength < headerLength || totalLength > packet.length)
    return undefined;
  return {
    ttl: uint8At(packet, 8),
    protocol: uint8At(packet, PROTOCOL_OFFSET),
    source: fromUint32(uint32At(packet, 12)),
    destination: fromUint32(uint32At(packet, 16)),
    payload: packet.subarray(headerLength, totalLength),
    octets: packet.subarray(0, totalLength),
  };
}

/** The IP protocol of a packet; with an authentication header, what that is around. */
export function innerProtocol({ protocol, payload }: Ipv4Packet): number {
  return protocol === AUTHENTICATION_HEADER_PROTOCOL ? (payload[0] ?? protocol) : protocol;
}

/**
 * Takes the payload apart; undefined when an authentication header is due that cannot be read. A trailer is known by the length: by
 * the message's own count, just so many octets are too many.
 */
export function takeApart({ protocol, payload }: Ipv4Packet): Parts | undefined {
  const wrapped = protocol === AUTHENTICATION_HEADER_PROTOCOL;
  const header = wrapped ? decodeAuthenticationHeader(payload) : undefined;
  if (wrapped && header === undefined) return undefined;
  const signed = payload.subarray(wrapped ? AUTHENTICATION_HEADER_LENGTH : 0);
  const length = messageLength((signed[0] ?? 0) >>> 4, signed[3] ?? 0);
  if (signed.length !== length + TRAILER_LENGTH)
    return { header, message: signed, trailer: undefined, signed };
  return {
    header,
    message: signed.subarray(0, length),
    trailer: decodeTrailer(signed.subarray(length)),
    signed,
  };
}

/** Reads the fields of a VRRP message; undefined when it is shorter than its fixed part. */
export function decodeAdvertisement(message: Uint8Array): Advertisement | undefined {
  if (message.length < FIXED_LENGTH) return undefined;
  const version = uint8At(message, 0) >>> 4;
  const count = uint8At(message, 3);
  const addresses: IpAddress[] = [];
  const tail = version === 2 ? AUTHENTICATION_DATA_LENGTH : 0;
  for (let at = FIXED_LENGTH; addresses.length < count && at + 4 + tail <= message.length; at += 4)
    addresses.push(fromUint32(uint32At(message, at)));
  return {
    version,
    type: uint8At(message, 0) & 0xf,
    vrid: uint8At(message, 1),
    priority: uint8At(message, 2),
    count,
    addresses,
    interval: version === 2 ? seconds(uint8At(message, 5)) : centiseconds(uint16At(message, 4) & 0x0fff),
    checksum: uint16At(message, 6),
    authentication:
      version === 2
        ? { type: uint8At(message, 4), data: message.slice(-AUTHENTICATION_DATA_LENGTH) }
        : undefined,
  };
}

/** The VRID of a packet that starts at its IPv4 header, for finding the virtual router it is meant for. */
export function vridOf(packet: Uint8Array): number | undefined {
  const wrapped = packet[PROTOCOL_OFFSET] === AUTHENTICATION_HEADER_PROTOCOL;
  const headers = ((packet[0] ?? 0) & 0xf) * 4 + (wrapped ? AUTHENTICATION_HEADER_LENGTH : 0);
  return packet[headers + 1];
}

/**
 * The advertisement that a router with these parameters sends, from the IPv4 header on. The kernel fills the header's checksum.
 * `sequence` counts where the authentication is against replay.
 */
export function encodePacket(
  parameters: Parameters,
  priority: number,
  sequence = FIRST_SEQUENCE,
): Uint8Array {
  const { authentication, primaryAddress } = parameters;
  const headers = IPV4_HEADER_LENGTH + (authentication.type === 'ah' ? AUTHENTICATION_HEADER_LENGTH : 0);
  const length = messageLength(parameters.version, parameters.addresses.length);
  const packet = new Uint8Array(headers + length + (signs(authentication) ? TRAILER_LENGTH : 0));
  writeIpv4Header(packet, primaryAddress);
  const message = packet.subarray(headers, headers + length);
  writeMessage(message, parameters, priority);
  const form: ChecksumForm = parameters.version === 2 ? 'message-only' : parameters.checksum;
  putUint16(message, 6, messageChecksum(message, form, primaryAddress, MULTICAST_GROUP));
  if (authentication.type === 'ah') {
    packet[PROTOCOL_OFFSET] = AUTHENTICATION_HEADER_PROTOCOL;
    putUint16(packet, IDENTIFICATION_OFFSET, Number(sequence & 0xffffn) || 1);
    sealPacket(packet, VRRP_PROTOCOL, sequence, authentication.digest);
  } else if (signs(authentication)) {
    const digest = authentication.keys.get(authentication.activeKey);
    assert(digest !== undefined, 'the active key is one of the keys');
    signMessage(packet.subarray(headers), primaryAddress, authentication.activeKey, sequence, digest);
  }
  return packet;
}

function writeIpv4Header(packet: Uint8Array, source: IpAddress): void {
  packet[0] = 0x45;
  packet[1] = TYPE_OF_SERVICE;
  putUint16(packet, 2, packet.length);
  packet[8] = VRRP_TTL;
  packet[PROTOCOL_OFFSET] = VRRP_PROTOCOL;
  putUint32(packet, 12, toUint32(source));
  putUint32(packet, 16, toUint32(MULTICAST_GROUP));
}

function writeMessage(message: Uint8Array, parameters: Parameters, priority: number): void {
  assert(parameters.addresses.length >= 1 && parameters.addresses.length <= 255, '1 to 255 addresses');
  message[0] = (parameters.version << 4) | ADVERTISEMENT_TYPE;
  message[1] = parameters.vrid;
  message[2] = priority;
  message[3] = parameters.addresses.length;
  if (parameters.version === 2) {
    message[4] = AUTHENTICATION_TYPES[parameters.authentication.type];
    message[5] = inSeconds(parameters.advertisementInterval);
    message.set(authenticationData(parameters.authentication), message.length - AUTHENTICATION_DATA_LENGTH);
  } else {
    putUint16(message, 4, inCentiseconds(parameters.advertisementInterval));
  }
  parameters.addresses.forEach((address, i) => {
    putUint32(message, FIXED_LENGTH + 4 * i, toUint32(address));
  });
}
