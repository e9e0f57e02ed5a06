/**
 * The bits that a receiver ignores, so that what is accepted can be compared with what Locum would have sent: beside them, an
 * accepted packet is to the octet what a router with the same parameters encodes. They are
 *
 * - IPv4: type of service, identification, the reserved and the Don't Fragment flag, the header checksum and options;
 * - IPv6: traffic class and flow label;
 * - what the link padded the packet with;
 * - the reserved bits before the interval of version 3, and the reserved octets of an authentication header;
 * - the authentication data of version 2 without a password;
 * - which of the two zeros of one's complement a checksum of zero is (RFC 1071 §2).
 *
 * A checksum, ICV or tag covers some of them all the same. Where those are not as Locum sends them, its value is another, which the
 * receiver has verified: then it is left out of the comparison, too.
 */

import assert from 'node:assert/strict';
import { toHex, uint8At, uint16At } from '../../src/lib/bytes.ts';
import { takeApart } from '../../src/vrrp/advertisement.ts';
import { decodeIp, headerLengthOf } from '../../src/vrrp/ip-packet.ts';
import type { Authentication, Parameters } from '../../src/vrrp/parameters.ts';
import type { Received } from '../../src/vrrp/receive.ts';
import { encodePacket } from './support.ts';

const AH = 51;
const AH_LENGTH = 24;
const ICV_OFFSET = 12;
const TAG_LENGTH = 16;
const TRAILER_LENGTH = 28;
/** The Auth Type whose authentication data count. */
const PASSWORD = 1;
const CHECKSUM_OFFSET = 6;

/** An accepted packet and the one that we would have sent, without the ignored bits of either: equal, as hexadecimal digits. */
export function withoutIgnoredBits(accepted: Uint8Array, again: Uint8Array): readonly [string, string] {
  const [theirs, ours] = [bare(accepted), bare(again)];
  if (theirs.icvCovers !== ours.icvCovers || theirs.reserved !== ours.reserved)
    for (const one of [theirs, ours]) one.icv.fill(0);
  if (theirs.reserved !== ours.reserved)
    for (const one of [theirs, ours]) {
      one.checksum.fill(0);
      one.tag.fill(0);
    }
  const text = ({ header, payload }: Bare): string => Buffer.concat([header, payload]).toString('hex');
  return [text(theirs), text(ours)];
}

interface Bare {
  readonly header: Uint8Array;
  /** The authentication header, the message and the trailer; the parts of it that may be left out lie within. */
  readonly payload: Uint8Array;
  readonly icv: Uint8Array;
  readonly checksum: Uint8Array;
  readonly tag: Uint8Array;
  /** The ignored bits that an ICV covers, and those that a checksum or a tag covers. */
  readonly icvCovers: string;
  readonly reserved: string;
}

function bare(packet: Uint8Array): Bare {
  const ip = decodeIp(packet);
  assert.ok(ip, toHex(packet));
  const wrapped = ip.family === 4 && ip.protocol === AH;
  const payload = Uint8Array.from(ip.payload);
  const ah = wrapped ? payload.subarray(0, AH_LENGTH) : new Uint8Array(AH_LENGTH);
  const covered = [packet.subarray(4, 6), packet.subarray(20, headerLengthOf(packet)), ah.subarray(2, 4)];
  const icvCovers = wrapped ? Buffer.concat(covered).toString('hex') : '';
  ah.fill(0, 2, 4);
  const message = payload.subarray(wrapped ? AH_LENGTH : 0);
  const signed = takeApart(ip)?.trailer !== undefined;
  return {
    header: ip.family === 4 ? bareIpv4(packet) : bareIpv6(packet),
    payload,
    icv: ah.subarray(ICV_OFFSET),
    checksum: bareChecksum(message),
    tag: signed ? message.subarray(-TAG_LENGTH) : new Uint8Array(0),
    icvCovers,
    reserved: bareReserved(message, message.length - (signed ? TRAILER_LENGTH : 0)),
  };
}

function bareIpv4(packet: Uint8Array): Uint8Array {
  const length = uint16At(packet, 2) - (headerLengthOf(packet) - 20);
  const header = Uint8Array.from(packet.subarray(0, 20));
  header.set([0x45, 0, length >>> 8, length & 0xff, 0, 0, uint8At(packet, 6) & 0x3f]);
  header.fill(0, 10, 12);
  return header;
}

function bareIpv6(packet: Uint8Array): Uint8Array {
  const header = Uint8Array.from(packet.subarray(0, 40));
  header.set([0x60, 0, 0, 0]);
  return header;
}

function bareChecksum(message: Uint8Array): Uint8Array {
  const checksum = message.subarray(CHECKSUM_OFFSET, CHECKSUM_OFFSET + 2);
  if (uint16At(checksum, 0) === 0xffff) checksum.fill(0);
  return checksum;
}

/** Clears the bits that are reserved in a message, and gives them. */
function bareReserved(message: Uint8Array, length: number): string {
  if (uint8At(message, 0) >>> 4 === 2) {
    const data = uint8At(message, 4) === PASSWORD ? new Uint8Array(0) : message.subarray(length - 8, length);
    const found = toHex(data);
    data.fill(0);
    return found;
  }
  const found = toHex(Uint8Array.of(uint8At(message, 4) >>> 4));
  message[4] = uint8At(message, 4) & 0xf;
  return found;
}

/** What the listener itself would send if it were the sender of a packet that it accepted. */
export function sentAgain(
  accepted: Extract<Received, { kind: 'accept' }>,
  packet: Uint8Array,
  listener: Parameters,
): Uint8Array {
  const ip = decodeIp(packet);
  assert.ok(ip);
  const { advertisement, source, checksumForm } = accepted;
  const parts = takeApart(ip);
  const speaker: Parameters = {
    ...listener,
    addresses: advertisement.addresses,
    primaryAddress: source,
    unicast: listener.unicast && { ...listener.unicast, peers: [ip.destination], ttl: ip.ttl },
    advertisementInterval: advertisement.interval,
    checksum: checksumForm,
    authentication: asSigned(listener.authentication, parts?.trailer?.keyId),
  };
  const sequence = parts?.header?.sequence ?? parts?.trailer?.sequence;
  return encodePacket(speaker, advertisement.priority, sequence === undefined ? undefined : BigInt(sequence));
}

/** A receiver takes any of its keys, and in some modes an advertisement without a signature. */
function asSigned(ours: Authentication, keyId: number | undefined): Authentication {
  if (ours.type !== 'hmac') return ours;
  return keyId === undefined
    ? { ...ours, mode: 'receive-only' }
    : { ...ours, mode: 'enforce', activeKey: keyId };
}
