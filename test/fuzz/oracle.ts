/**
 * What proves a packet, written a second time and straight from the documents, with nothing of src/vrrp in it: the ICV of an
 * authentication header (RFC 2402, RFC 2403, with the zeroing rules of keepalived), the tag of a trailer (draft-cassen-vrrp-auth-hmac)
 * and the checksum (RFC 1071). The fuzzer repairs packets with it after it broke them, and holds against it what was believed.
 */

import { createHmac } from 'node:crypto';

const ICV_LENGTH = 12;
const TAG_LENGTH = 16;

/** Over the whole IPv4 packet from its header on, the authentication header being right behind that. */
export function icvOf(packet: Uint8Array, key: string): Uint8Array {
  const copy = Buffer.from(packet);
  const header = (copy.readUInt8(0) & 0xf) * 4;
  copy[1] = 0;
  copy.fill(0, 6, 8);
  copy.fill(0, 10, 12);
  const first = copy[16] ?? 0;
  if (first < 224 || first > 239) copy[8] = 0;
  copy.fill(0, header + 12, header + 24);
  return createHmac('md5', key).update(copy).digest().subarray(0, ICV_LENGTH);
}

/** Over a message and its trailer; `source` in octets, 4 or 16. */
export function tagOf(signed: Uint8Array, source: Uint8Array, key: string): Uint8Array {
  const pseudo = Buffer.alloc(20);
  pseudo[0] = source.length === 4 ? 4 : 6;
  pseudo[1] = (signed[0] ?? 0) >>> 4;
  pseudo[2] = signed[1] ?? 0;
  pseudo.set(source, 4);
  const copy = Buffer.from(signed);
  copy.fill(0, 6, 8);
  copy.fill(0, copy.length - TAG_LENGTH);
  return createHmac('sha256', key).update(pseudo).update(copy).digest().subarray(0, TAG_LENGTH);
}

/** The checksum of octets in which it is zero; of several runs of octets, each of even length but the last. */
export function checksumOf(...runs: readonly Uint8Array[]): number {
  const all = Buffer.concat([...runs, Buffer.alloc(1)]);
  let sum = 0;
  for (let at = 0; at + 1 < all.length; at += 2) sum += all.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Both addresses in octets, the protocol and the length of what follows. */
export function pseudoHeader(addresses: Uint8Array, length: number): Uint8Array {
  const rest = addresses.length === 8 ? Buffer.from([0, 112, 0, 0]) : Buffer.from([0, 0, 0, 0, 0, 0, 0, 112]);
  rest.writeUInt16BE(length, 2);
  return Buffer.concat([addresses, rest]);
}
