/**
 * What an ill-meaning neighbour sends to a pair with VRID 51: VRRP packets of priority 254 in whole Ethernet frames, each kind wrong in
 * one way. Built here octet by octet, so that no code under test judges itself.
 */

/** Each kind, and how the pair authenticates that it is meant for: 'none' and 'hmac' speak version 3, the others version 2. */
export const FLOOD_KINDS = {
  'foreign-vrid': 'none',
  ttl: 'none',
  version: 'none',
  checksum: 'none',
  spoofed: 'none',
  password: 'pass',
  'forged-password': 'pass',
  'forged-ah': 'ah',
  'forged-hmac': 'hmac',
} as const;

export type FloodKind = keyof typeof FLOOD_KINDS;
export type FloodAuthentication = (typeof FLOOD_KINDS)[FloodKind];

export interface FloodSource {
  /** Of the sending interface. */
  readonly mac: Uint8Array;
  /** In whose name the spoofed and the forged kinds are sent. */
  readonly master: string;
  /** When the forged signatures were made: milliseconds since 1970. */
  readonly nowMs: number;
}

const VRID = 51;
const VIP = [198, 18, 51, 100];
const GROUP = [224, 0, 0, 18];
const GROUP_MAC = [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12];
const IP_HEADER = 20;
const ETHERNET_HEADER = 14;
const IPPROTO_VRRP = 112;
const IPPROTO_AH = 51;

/** Frames that differ in source, as far as the kind has random ones; sent round and round. */
export function floodFrames(
  kind: FloodKind,
  { mac, master, nowMs }: FloodSource,
  count: number,
): Uint8Array[] {
  const named = kind === 'spoofed' || kind.startsWith('forged');
  return Array.from({ length: count }, (_, at) => {
    const source = named ? master.split('.').map(Number) : [198, 19, 1 + (at >>> 8), at & 0xff];
    const message = messageOf(kind, source, at);
    const ttl = kind === 'ttl' ? 254 : 255;
    if (kind === 'forged-ah')
      return frame(mac, ipPacket(source, ttl, IPPROTO_AH, [...authenticationHeader(source, at), ...message]));
    const trailer = kind === 'forged-hmac' ? signatureTrailer(nowMs, at) : [];
    return frame(mac, ipPacket(source, ttl, IPPROTO_VRRP, [...message, ...trailer]));
  });
}

const AUTH_TYPES: Readonly<Record<FloodAuthentication, number>> = { none: 0, pass: 1, ah: 2, hmac: 0 };

function messageOf(kind: FloodKind, source: readonly number[], at: number): number[] {
  const authentication = FLOOD_KINDS[kind];
  const old = kind === 'version' || authentication === 'pass' || authentication === 'ah';
  const vrid = kind === 'foreign-vrid' ? 52 + (at % 200) : VRID;
  const data = authentication === 'pass' ? [...Buffer.from('mistaken')] : zeros(8);
  const body = old
    ? [0x21, vrid, 254, 1, AUTH_TYPES[authentication], 1, 0, 0, ...VIP, ...data]
    : [0x31, vrid, 254, 1, 0, 100, 0, 0, ...VIP];
  const pseudo = old ? [] : [...source, ...GROUP, 0, IPPROTO_VRRP, 0, body.length];
  const sum = checksum([...pseudo, ...body]);
  const damage = kind === 'checksum' || kind === 'spoofed' ? 0x5555 : 0;
  return body.with(6, (sum ^ damage) >>> 8).with(7, (sum ^ damage) & 0xff);
}

/** RFC 2402, with the SPI of the sender, a number that is new each time, and nothing that proves it. */
function authenticationHeader(source: readonly number[], at: number): number[] {
  return [IPPROTO_VRRP, 4, 0, 0, ...source, ...uint32(0x4000_0000 + at), ...zeros(12)];
}

/** HMAC-SHA256 by key 1, of that time and new each time, and nothing that proves it. */
function signatureTrailer(nowMs: number, at: number): number[] {
  return [1, 1, 0, 0, ...uint32(Math.floor(nowMs / 1_000)), at >>> 8, at & 0xff, 0, 0, ...zeros(16)];
}

function ipPacket(
  source: readonly number[],
  ttl: number,
  protocol: number,
  payload: readonly number[],
): number[] {
  const header = [
    ...[0x45, 0xc0, 0, IP_HEADER + payload.length, 0, 1, 0, 0, ttl, protocol, 0, 0],
    ...source,
    ...GROUP,
  ];
  const sum = checksum(header);
  return [...header.with(10, sum >>> 8).with(11, sum & 0xff), ...payload];
}

function frame(mac: Uint8Array, packet: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER + packet.length);
  bytes.set(GROUP_MAC, 0);
  bytes.set(mac, 6);
  bytes.set([0x08, 0x00], 12);
  bytes.set(packet, ETHERNET_HEADER);
  return bytes;
}

function checksum(octets: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) sum += ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

const uint32 = (value: number): number[] => [24, 16, 8, 0].map(shift => (value >>> shift) & 0xff);

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
