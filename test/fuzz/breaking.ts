/** Breaking packets: octets turned, cut, doubled and set to what is likely to matter, and the sums and proofs made right again. */

import { decodeIp, headerLengthOf } from '../../src/vrrp/ip-packet.ts';
import type { Random } from '../sim/random.ts';
import { checksumOf, icvOf, pseudoHeader, tagOf } from './oracle.ts';

/** Values at the edges of fields, versions, lengths and protocols. */
const LIKELY = [
  0, 1, 2, 3, 4, 5, 6, 0x0f, 0x20, 0x21, 0x31, 0x45, 0x46, 0x60, 51, 64, 112, 0x7f, 0x80, 0xf0, 0xfe, 0xff,
];
const LONGEST = 1_200;

type Breaker = (packet: Uint8Array, at: number, random: Random) => Uint8Array;

const concat = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

function randomOctets(random: Random, most: number): Uint8Array {
  return Uint8Array.from({ length: random.between(1, most) }, () => random.between(0, 255));
}

const BREAKERS: readonly (readonly [weight: number, breaker: Breaker])[] = [
  [6, (packet, at, random) => packet.with(at, (packet[at] ?? 0) ^ (1 << random.between(0, 7)))],
  [6, (packet, at, random) => packet.with(at, random.pick(LIKELY))],
  [3, (packet, at, random) => packet.with(at, random.between(0, 255))],
  [2, (packet, at) => packet.subarray(0, at)],
  [2, (packet, _, random) => concat(packet, randomOctets(random, 40))],
  [1, (packet, at, random) => concat(packet.subarray(0, at), randomOctets(random, 24), packet.subarray(at))],
  [1, (packet, at, random) => concat(packet.subarray(0, at), packet.subarray(at + random.between(1, 24)))],
  [1, (packet, at, random) => concat(packet.subarray(0, at), packet.subarray(at - random.between(0, at)))],
];

/** Turns a few things, most of them in the headers. */
export function broken(packet: Uint8Array, times: number, random: Random): Uint8Array {
  let result = packet;
  for (let i = 0; i < times && result.length > 0; i++) {
    const reach = random.chance(0.7) ? Math.min(result.length, 64) : result.length;
    result = random.weighted(BREAKERS)(result, random.between(0, reach - 1), random);
  }
  return result.length > LONGEST ? result.subarray(0, LONGEST) : result;
}

/** Makes the lengths that the headers tell those that the packet has. */
export function withRightLengths(packet: Uint8Array): Uint8Array {
  const copy = Buffer.from(packet);
  const isIpv6 = (copy[0] ?? 0) >>> 4 === 6;
  if (isIpv6 && copy.length >= 40) copy.writeUInt16BE(copy.length - 40, 4);
  if (!isIpv6 && copy.length >= 20) copy.writeUInt16BE(copy.length, 2);
  return copy;
}

const AH_LENGTH = 24;
const TRAILER_LENGTH = 28;

interface Places {
  readonly packet: Buffer;
  readonly isIpv6: boolean;
  readonly wrapped: boolean;
  /** Where the message begins, where it ends by its own count, and where the packet ends. */
  readonly message: number;
  readonly trailer: number;
  readonly end: number;
  readonly addresses: readonly [number, number];
}

/** A copy and where things are in it; undefined where nothing can be repaired. */
function placesIn(octets: Uint8Array): Places | undefined {
  const ip = decodeIp(octets);
  if (ip === undefined) return undefined;
  const isIpv6 = ip.family === 6;
  const wrapped = !isIpv6 && ip.protocol === 51;
  const message = headerLengthOf(octets) + (wrapped ? AH_LENGTH : 0);
  const end = ip.octets.length;
  if (end < message + 8) return undefined;
  const count = octets[message + 3] ?? 0;
  const tail = (octets[message] ?? 0) >>> 4 === 2 ? 8 : 0;
  const trailer = message + 8 + count * (isIpv6 ? 16 : 4) + tail;
  const addresses = isIpv6 ? ([8, 40] as const) : ([12, 20] as const);
  return { packet: Buffer.from(octets), isIpv6, wrapped, message, trailer, end, addresses };
}

/** With the checksum that it would have, in one of the forms. */
export function withRightChecksum(octets: Uint8Array, random: Random): Uint8Array {
  const places = placesIn(octets);
  if (places === undefined) return octets;
  const { packet, isIpv6, message, trailer, end, addresses } = places;
  const isSigned = end === trailer + TRAILER_LENGTH;
  const covered = packet.subarray(message, isSigned && !isIpv6 ? trailer : end);
  covered.fill(0, 6, 8);
  const both = Buffer.from(packet.subarray(...addresses));
  const isTwo = (covered[0] ?? 0) >>> 4 === 2;
  const form = isIpv6
    ? 1
    : random.weighted([
        [isTwo ? 5 : 1, 0],
        [2, 1],
        [1, 2],
      ]);
  if (form === 2) both.set([224, 0, 0, 18], 4);
  const sum = form === 0 ? checksumOf(covered) : checksumOf(pseudoHeader(both, covered.length), covered);
  covered.writeUInt16BE(sum, 6);
  return packet;
}

/** With the ICV of whoever has the key. */
export function withRightIcv(octets: Uint8Array, key: string): Uint8Array {
  const places = placesIn(octets);
  if (places === undefined || !places.wrapped) return octets;
  const { packet, message, end } = places;
  packet.set(icvOf(packet.subarray(0, end), key), message - 12);
  return packet;
}

/** With the tag of whoever has the key that the trailer names. */
export function withRightTag(octets: Uint8Array, keyOf: (id: number) => string): Uint8Array {
  const places = placesIn(octets);
  if (places === undefined || places.end !== places.trailer + TRAILER_LENGTH) return octets;
  const { packet, message, trailer, end, isIpv6 } = places;
  const source = isIpv6 ? packet.subarray(8, 24) : packet.subarray(12, 16);
  packet.set(tagOf(packet.subarray(message, end), source, keyOf(packet[trailer + 1] ?? 0)), end - 16);
  return packet;
}
