/**
 * The VRRP advertisement and its octets: version 3 (RFC 9568 §5.2) over IPv4 and IPv6, version 2 (RFC 3768 §5.3, RFC 2338 for the
 * authentication data) over IPv4, with the authentication before or behind it. Decoding here is only a reading of fields; what may
 * be believed is decided in receive.ts.
 */

import { assert } from '../lib/assert.ts';
import { putUint16, uint8At, uint16At } from '../lib/bytes.ts';
import {
  ADDRESS_LENGTH,
  addressBytes,
  addressFrom,
  type Family,
  familyOf,
  type IpAddress,
} from '../lib/ip-address.ts';
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
import { messageChecksum } from './checksum.ts';
import {
  familyOfPacket,
  headerLengthOf,
  IP_HEADER_LENGTH,
  type IpPacket,
  MULTICAST_GROUPS,
  NETWORK_CONTROL,
  protocolOf,
  VRRP_PROTOCOL,
  VRRP_TTL,
  writeIpHeader,
} from './ip-packet.ts';
import { type ChecksumForm, familyOfRouter, type Parameters } from './parameters.ts';
import { FIRST_SEQUENCE } from './sequence.ts';
import { decodeTrailer, signMessage, TRAILER_LENGTH, type Trailer } from './trailer.ts';

const FIXED_LENGTH = 8;
const CHECKSUM_OFFSET = 6;
const ADVERTISEMENT_TYPE = 1;

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

/** What an IP payload is made of; `signed` is the message with the trailer. */
export interface Parts {
  readonly header: AuthenticationHeader | undefined;
  readonly message: Uint8Array;
  readonly trailer: Trailer | undefined;
  readonly signed: Uint8Array;
}

/** The length a message with this version and count must have, in octets. */
export function messageLength(version: number, count: number, family: Family): number {
  return FIXED_LENGTH + ADDRESS_LENGTH[family] * count + (version === 2 ? AUTHENTICATION_DATA_LENGTH : 0);
}

/** An authentication header is read before IPv4's version 2 only: over IPv6 it would be an extension header. */
function isWrapped(family: Family | undefined, protocol: number): boolean {
  return family === 4 && protocol === AUTHENTICATION_HEADER_PROTOCOL;
}

/** The IP protocol of a packet; with an authentication header, what that is around. */
export function innerProtocol({ family, protocol, payload }: IpPacket): number {
  return isWrapped(family, protocol) ? (payload[0] ?? protocol) : protocol;
}

/**
 * Takes the payload apart; undefined when an authentication header is due that cannot be read. A trailer is known by the length: by
 * the message's own count, just so many octets are too many.
 */
export function takeApart({ family, protocol, payload }: IpPacket): Parts | undefined {
  const wrapped = isWrapped(family, protocol);
  const header = wrapped ? decodeAuthenticationHeader(payload) : undefined;
  if (wrapped && header === undefined) return undefined;
  const signed = payload.subarray(wrapped ? AUTHENTICATION_HEADER_LENGTH : 0);
  const length = messageLength((signed[0] ?? 0) >>> 4, signed[3] ?? 0, family);
  if (signed.length !== length + TRAILER_LENGTH)
    return { header, message: signed, trailer: undefined, signed };
  return {
    header,
    message: signed.subarray(0, length),
    trailer: decodeTrailer(signed.subarray(length)),
    signed,
  };
}

/** What the checksum of a message covers: over IPv6 all of the payload (RFC 8200 §8.1), over IPv4 not the trailer. */
export function checksummed(
  family: Family,
  { message, signed }: Pick<Parts, 'message' | 'signed'>,
): Uint8Array {
  return family === 6 ? signed : message;
}

/** Reads the fields of a VRRP message; undefined when it is shorter than its fixed part. */
export function decodeAdvertisement(message: Uint8Array, family: Family): Advertisement | undefined {
  if (message.length < FIXED_LENGTH) return undefined;
  const version = uint8At(message, 0) >>> 4;
  const count = uint8At(message, 3);
  const addresses: IpAddress[] = [];
  const tail = version === 2 ? AUTHENTICATION_DATA_LENGTH : 0;
  const octets = ADDRESS_LENGTH[family];
  for (let at = FIXED_LENGTH; addresses.length < count && at + octets + tail <= message.length; at += octets)
    addresses.push(addressFrom(message.subarray(at, at + octets)));
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

/** The VRID of a packet, for finding the virtual router it is meant for; the family is the other half of the name. */
export function vridOf(packet: Uint8Array): number | undefined {
  return packet[messageOffset(packet) + 1];
}

/** The priority in a packet that we made. */
export function priorityOf(packet: Uint8Array): number | undefined {
  return packet[messageOffset(packet) + 2];
}

function messageOffset(packet: Uint8Array): number {
  const wrapped = isWrapped(familyOfPacket(packet), protocolOf(packet));
  return headerLengthOf(packet) + (wrapped ? AUTHENTICATION_HEADER_LENGTH : 0);
}

/**
 * The advertisements that a router with these parameters sends at once, each from its IP header on: one to the group, or one to each
 * unicast peer. The kernel fills the checksum of an IPv4 header. `sequence` counts where the authentication is against replay, one
 * number for all of them.
 */
export function encodePackets(
  parameters: Parameters,
  priority: number,
  sequence = FIRST_SEQUENCE,
): readonly Uint8Array[] {
  const destinations = parameters.unicast?.peers ?? [MULTICAST_GROUPS[familyOfRouter(parameters)]];
  return destinations.map(destination => encodePacket(parameters, priority, sequence, destination));
}

function encodePacket(
  parameters: Parameters,
  priority: number,
  sequence: bigint,
  destination: IpAddress,
): Uint8Array {
  const { authentication, primaryAddress: source, version, unicast } = parameters;
  const family = familyOfRouter(parameters);
  const wrapped = authentication.type === 'ah';
  const headers = IP_HEADER_LENGTH[family] + (wrapped ? AUTHENTICATION_HEADER_LENGTH : 0);
  const length = messageLength(version, parameters.addresses.length, family);
  const packet = new Uint8Array(headers + length + (signs(authentication) ? TRAILER_LENGTH : 0));
  writeIpHeader(packet, family, {
    trafficClass: NETWORK_CONTROL,
    source,
    destination,
    ttl: unicast?.ttl ?? VRRP_TTL,
    protocol: wrapped ? AUTHENTICATION_HEADER_PROTOCOL : VRRP_PROTOCOL,
    identification: wrapped ? Number(sequence & 0xffffn) || 1 : 0,
  });
  const signed = packet.subarray(headers);
  const message = signed.subarray(0, length);
  writeMessage(message, parameters, priority, family);
  if (signs(authentication)) {
    const digest = authentication.keys.get(authentication.activeKey);
    assert(digest !== undefined, 'the active key is one of the keys');
    signMessage(signed, source, authentication.activeKey, sequence, digest);
  }
  const covered = checksummed(family, { message, signed });
  putUint16(
    message,
    CHECKSUM_OFFSET,
    messageChecksum(covered, formToSend(parameters, family), source, destination),
  );
  if (authentication.type === 'ah') sealPacket(packet, VRRP_PROTOCOL, sequence, authentication.digest);
  return packet;
}

function formToSend({ version, checksum }: Parameters, family: Family): ChecksumForm {
  if (family === 6) return 'pseudo-header';
  return version === 2 ? 'message-only' : checksum;
}

function writeMessage(message: Uint8Array, parameters: Parameters, priority: number, family: Family): void {
  const { version, addresses } = parameters;
  assert(addresses.length >= 1 && addresses.length <= 255, '1 to 255 addresses');
  assert(
    addresses.every(address => familyOf(address) === family),
    'addresses of one family',
  );
  assert(family === 4 || version === 3, 'version 2 knows no IPv6');
  message[0] = (version << 4) | ADVERTISEMENT_TYPE;
  message[1] = parameters.vrid;
  message[2] = priority;
  message[3] = addresses.length;
  if (version === 2) {
    message[4] = AUTHENTICATION_TYPES[parameters.authentication.type];
    message[5] = inSeconds(parameters.advertisementInterval);
    message.set(authenticationData(parameters.authentication), message.length - AUTHENTICATION_DATA_LENGTH);
  } else {
    putUint16(message, 4, inCentiseconds(parameters.advertisementInterval));
  }
  addresses.forEach((address, i) => {
    message.set(addressBytes(address), FIXED_LENGTH + ADDRESS_LENGTH[family] * i);
  });
}
