/** Packets that deserve to be discarded: for each reason, in the order of the ladder, with what the detail must say. */

import { putUint32 } from '../../src/lib/bytes.ts';
import { seconds, utc } from '../../src/lib/time.ts';
import { passAuthentication } from '../../src/vrrp/authentication.ts';
import type { HmacAuthentication, Parameters, Unicast } from '../../src/vrrp/parameters.ts';
import type { DiscardReason } from '../../src/vrrp/receive.ts';
import { NO_MEMORY } from '../../src/vrrp/sequence.ts';
import type { Hearing } from '../../src/vrrp/verify.ts';
import {
  ah,
  digestOf,
  hmac,
  IPV6,
  ip,
  PEER,
  PEERS_IPV6,
  parameters,
  patched,
  peerPacket,
  resealed,
  THIRD,
  US,
  unicastTo,
} from './support.ts';

export const OURS = parameters();
export const TWO = parameters({ version: 2 });
export const pass = (text: string) => passAuthentication(new TextEncoder().encode(text));
export const PASS = parameters({ version: 2, authentication: pass('secret') });
export const AH = parameters({ version: 2, authentication: ah() });
export const HMAC = parameters({ authentication: hmac() });
export const OURS_6 = parameters(IPV6);
export const UNICAST = parameters({ unicast: unicastTo([PEER]) });

/** What a unicast peer sends to us. */
export const toUs = (changes: Partial<Parameters> = {}, to: Partial<Unicast> = {}) =>
  peerPacket({ unicast: unicastTo([US], to), ...changes });

/** The number of a trailer that was made in that second of 1970. */
export const at = (second: number): bigint => BigInt(second) << 32n;
export const hearing = (changes: Partial<Hearing>): Hearing => ({
  memory: NO_MEMORY,
  now: utc(30_000_000),
  ...changes,
});

export interface Case {
  readonly what: string;
  readonly packet: Uint8Array;
  /** What the receiving router is configured with; {@link OURS} unless told. */
  readonly expected?: Parameters;
  readonly hearing?: Hearing;
  readonly detail: RegExp;
}

const signed = (changes: Partial<HmacAuthentication> = {}, sequence = at(30)) =>
  peerPacket({ authentication: hmac(changes) }, 100, sequence);
const headed = (password?: string, sequence = 7n) =>
  peerPacket({ version: 2, authentication: ah(password) }, 100, sequence);

/** With Auth Type 0, and the checksum that goes with it. */
function withoutType(packet: Uint8Array): Uint8Array {
  const bare = patched(Uint8Array.from([...packet.subarray(0, 20), ...packet.subarray(44)]), { 24: 0 });
  return Uint8Array.from([...packet.subarray(0, 44), ...resealed(bare, 'message-only').subarray(20)]);
}

/** With the ICV made right again. */
function withSpi(packet: Uint8Array, spi: number): Uint8Array {
  const copy = Uint8Array.from(packet);
  putUint32(copy, 24, spi);
  const covered = patched(copy, { 1: 0 });
  covered.fill(0, 32, 44);
  copy.set(digestOf('md5', 'secret')(covered).subarray(0, 12), 32);
  return copy;
}

export const DISCARDS: Readonly<Record<DiscardReason, readonly Case[]>> = {
  'ip-malformed': [
    { what: 'an empty packet', packet: new Uint8Array(0), detail: /0 octets are not a whole IP packet/ },
    { what: 'a packet cut short', packet: peerPacket().subarray(0, 30), detail: /30 octets/ },
    { what: 'an IPv6 packet cut short', packet: peerPacket(PEERS_IPV6).subarray(0, 60), detail: /60 octets/ },
    { what: 'the first fragment', packet: patched(peerPacket(), { 6: 0x20 }), detail: /a fragment/ },
    { what: 'the last fragment', packet: patched(peerPacket(), { 7: 1 }), detail: /a fragment/ },
  ],
  'not-vrrp': [
    { what: 'protocol 17', packet: patched(peerPacket(), { 9: 17 }), detail: /^IP protocol 17$/ },
    {
      what: 'an authentication header around something else',
      packet: patched(headed(), { 20: 50 }),
      expected: AH,
      detail: /^IP protocol 51 around 50$/,
    },
    {
      what: 'an extension header before VRRP',
      packet: patched(peerPacket(PEERS_IPV6), { 6: 60 }),
      expected: OURS_6,
      detail: /^next header 60: VRRP \(112\) must follow/,
    },
    {
      what: 'an authentication header in IPv6',
      packet: patched(peerPacket(PEERS_IPV6), { 6: 51, 40: 112 }),
      expected: OURS_6,
      detail: /^next header 51/,
    },
  ],
  destination: [
    {
      what: 'unicast',
      packet: patched(peerPacket(), { 16: 198, 17: 18, 18: 0, 19: 2 }),
      detail: /198\.18\.0\.2/,
    },
    {
      what: 'unicast, and we are of a group',
      packet: toUs(),
      detail: /sent to 198\.18\.0\.2, not 224\.0\.0\.18/,
    },
    {
      what: 'multicast, and we have unicast peers',
      packet: peerPacket(),
      expected: UNICAST,
      detail: /sent to 224\.0\.0\.18, not 198\.18\.0\.2/,
    },
    {
      what: 'unicast to another address than our primary one',
      packet: toUs({ unicast: unicastTo([ip('198.18.0.7')]) }),
      expected: UNICAST,
      detail: /198\.18\.0\.7/,
    },
    {
      what: 'IPv6, and we speak IPv4',
      packet: peerPacket(PEERS_IPV6),
      detail: /sent to ff02::12, not 224\.0\.0\.18/,
    },
    {
      what: 'another group',
      packet: patched(peerPacket(PEERS_IPV6), { 39: 0x13 }),
      expected: OURS_6,
      detail: /sent to ff02::13, not ff02::12/,
    },
  ],
  ttl: [
    { what: 'TTL 254', packet: patched(peerPacket(), { 8: 254 }), detail: /TTL 254, must be 255/ },
    { what: 'TTL 0', packet: patched(peerPacket(), { 8: 0 }), detail: /TTL 0/ },
    {
      what: 'hop limit 254',
      packet: patched(peerPacket(PEERS_IPV6), { 7: 254 }),
      expected: OURS_6,
      detail: /^hop limit 254, must be 255$/,
    },
    {
      what: 'a TTL below what we accept of unicast',
      packet: toUs({}, { ttl: 63 }),
      expected: parameters({ unicast: unicastTo([PEER], { minimumTtl: 64 }) }),
      detail: /^TTL 63, must be at least 64$/,
    },
  ],
  'auth-header': [
    {
      what: 'a header cut short',
      packet: patched(headed().subarray(0, 43), { 3: 43 }),
      expected: AH,
      detail: /no whole authentication header/,
    },
    {
      what: 'another length of the ICV',
      packet: patched(headed(), { 21: 5 }),
      expected: AH,
      detail: /96 bits/,
    },
  ],
  truncated: [
    {
      what: 'seven octets',
      packet: patched(peerPacket().subarray(0, 27), { 3: 27 }),
      detail: /7 octets of VRRP/,
    },
  ],
  vrid: [{ what: 'another VRID', packet: peerPacket({ vrid: 52 }), detail: /VRID 52, ours is 51/ }],
  'own-address': [
    {
      what: 'our own packet',
      packet: peerPacket({ primaryAddress: US }),
      detail: /our own address 198\.18\.0\.2/,
    },
  ],
  'unknown-peer': [
    {
      what: 'a sender that is no peer of ours',
      packet: toUs({ primaryAddress: THIRD }),
      expected: UNICAST,
      detail: /198\.18\.0\.3 is not among our unicast peers/,
    },
  ],
  version: [
    { what: 'version 2', packet: peerPacket({ version: 2 }), detail: /version 2, ours is 3/ },
    { what: 'version 3', packet: peerPacket(), expected: TWO, detail: /version 3, ours is 2/ },
    { what: 'version 4', packet: patched(peerPacket(), { 20: 0x41 }), detail: /version 4/ },
  ],
  type: [
    {
      what: 'type 2',
      packet: resealed(patched(peerPacket(), { 20: 0x32 }), 'message-only'),
      detail: /type 2, must be 1/,
    },
  ],
  'no-addresses': [{ what: 'count 0', packet: patched(peerPacket(), { 23: 0 }), detail: /count 0/ }],
  length: [
    {
      what: 'a missing address',
      packet: patched(peerPacket(), { 23: 2 }),
      detail: /12 octets, 16 for 2 addresses/,
    },
    {
      what: 'version 2 without its authentication data',
      packet: patched(peerPacket({ version: 2 }).subarray(0, 32), { 3: 32 }),
      expected: TWO,
      detail: /12 octets, 20 for 1 addresses/,
    },
    {
      what: 'a trailer where none is configured',
      packet: signed(),
      detail: /40 octets, 12 for 1 addresses; an authentication trailer \(auth_hmac\)/,
    },
    {
      what: 'a trailer cut short',
      packet: patched(signed().subarray(0, 59), { 3: 59 }),
      expected: HMAC,
      detail: /39 octets, 12/,
    },
    {
      what: 'four octets too many',
      packet: patched(Uint8Array.from([...peerPacket(), 0, 0, 0, 0]), { 3: 36 }),
      detail: /16 octets, 12/,
    },
  ],
  checksum: [
    {
      what: 'a wrong checksum',
      packet: patched(peerPacket(), { 22: 1 }),
      detail: /checksum 0x[0-9a-f]{4} is wrong/,
    },
    {
      what: 'the pseudo-header form in version 2',
      packet: resealed(peerPacket({ version: 2 }), 'pseudo-header'),
      expected: TWO,
      detail: /wrong/,
    },
    { what: 'another source address', packet: patched(peerPacket(), { 15: 77 }), detail: /wrong/ },
  ],
  'auth-type': [
    {
      what: 'a password where none is configured',
      packet: peerPacket({ version: 2, authentication: pass('secret') }),
      expected: TWO,
      detail: /authentication type 1, ours is 0/,
    },
    {
      what: 'an authentication header where none is configured',
      packet: headed(),
      expected: TWO,
      detail: /authentication type 2, ours is 0/,
    },
    {
      what: 'an authentication header around a message that has none',
      packet: withoutType(headed()),
      expected: TWO,
      detail: /an authentication header \(AH\), and we have none/,
    },
    { what: 'no password', packet: peerPacket({ version: 2 }), expected: PASS, detail: /type 0, ours is 1/ },
    {
      what: 'an unknown type',
      packet: resealed(patched(peerPacket({ version: 2 }), { 24: 9 }), 'message-only'),
      expected: TWO,
      detail: /type 9/,
    },
  ],
  'auth-missing': [
    {
      what: 'authentication type 2 without a header',
      packet: resealed(patched(peerPacket({ version: 2 }), { 24: 2 }), 'message-only'),
      expected: AH,
      detail: /no authentication header/,
    },
    { what: 'no trailer', packet: peerPacket(), expected: HMAC, detail: /no authentication trailer/ },
  ],
  'auth-password': [
    {
      what: 'another password',
      packet: peerPacket({ version: 2, authentication: pass('secreT') }),
      expected: PASS,
      detail: /^the password differs$/,
    },
  ],
  'auth-trailer': [
    {
      what: 'another scheme',
      packet: patched(signed(), { 32: 2 }),
      expected: HMAC,
      detail: /another scheme/,
    },
    {
      what: 'reserved octets',
      packet: patched(signed(), { 34: 1 }),
      expected: HMAC,
      detail: /another scheme/,
    },
  ],
  'auth-stale': [
    {
      what: 'an old signature',
      packet: signed({}, at(19)),
      expected: HMAC,
      hearing: hearing({}),
      detail: /^signed 11s before our time of day, 10s are allowed/,
    },
    {
      what: 'a signature from the future',
      packet: signed({}, at(41)),
      expected: HMAC,
      hearing: hearing({}),
      detail: /^signed 11s after/,
    },
  ],
  'auth-key': [
    {
      what: 'a key that we do not have',
      packet: signed({ activeKey: 7, keys: new Map([[7, octets => octets]]) }),
      expected: HMAC,
      detail: /key 7 is not among ours/,
    },
  ],
  'auth-digest': [
    {
      what: 'another password',
      packet: headed('secreT'),
      expected: AH,
      detail: /another password, or altered/,
    },
    {
      what: 'another key of the same id',
      packet: signed({ keys: new Map([[1, octets => octets]]) }),
      expected: HMAC,
      detail: /key 1 differs/,
    },
  ],
  'auth-spi': [
    {
      what: "another's SPI, with the right digest",
      packet: withSpi(headed(), 0xc612_0003),
      expected: AH,
      detail: /SPI 0xc6120003 is not that of 198\.18\.0\.1/,
    },
  ],
  'auth-replay': [
    {
      what: 'a sequence number of before',
      packet: headed(undefined, 7n),
      expected: AH,
      hearing: hearing({ memory: { ...NO_MEMORY, last: 7n } }),
      detail: /sequence number 7 after 7/,
    },
    {
      what: 'a signature of before',
      packet: signed({}, at(30)),
      expected: HMAC,
      hearing: hearing({ memory: { ...NO_MEMORY, heard: [{ source: PEER, sequence: at(30) }] } }),
      detail: /used before/,
    },
  ],
  interval: [
    {
      what: 'version 2 with another interval',
      packet: peerPacket({ version: 2, advertisementInterval: seconds(2) }),
      expected: TWO,
      detail: /interval 2s, ours is 1s/,
    },
    {
      what: 'version 3 with interval 0',
      packet: peerPacket({ advertisementInterval: seconds(0) }),
      detail: /interval 0/,
    },
  ],
};
