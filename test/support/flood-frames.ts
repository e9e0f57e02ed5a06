/**
 * What an ill-meaning neighbour sends to a pair with VRID 51: VRRP packets of priority 254 in whole Ethernet frames, each kind wrong in
 * one way. Built here octet by octet, so that no code under test judges itself.
 */

export const FLOOD_KINDS = [
  'foreign-vrid',
  'ttl',
  'version',
  'checksum',
  'spoofed',
  'password',
  'forged',
] as const;

export type FloodKind = (typeof FLOOD_KINDS)[number];

export interface FloodSource {
  /** Of the sending interface. */
  readonly mac: Uint8Array;
  /** In whose name the spoofed kinds are sent. */
  readonly master: string;
}

/** Right in all but the password: `forged` in the master's name. They are for a pair of version 2 with a password, the others for version 3. */
export const PASSWORD_KINDS: ReadonlySet<FloodKind> = new Set(['password', 'forged']);

const VRID = 51;
const VIP = [198, 18, 51, 100];
const GROUP = [224, 0, 0, 18];
const GROUP_MAC = [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12];
const IP_HEADER = 20;
const ETHERNET_HEADER = 14;
const IPPROTO_VRRP = 112;

/** Frames that differ in source, as far as the kind has random ones; sent round and round. */
export function floodFrames(kind: FloodKind, { mac, master }: FloodSource, count: number): Uint8Array[] {
  const named = kind === 'spoofed' || kind === 'forged';
  return Array.from({ length: count }, (_, at) => {
    const source = named ? master.split('.').map(Number) : [198, 19, 1 + (at >>> 8), at & 0xff];
    return frame(mac, ipPacket(source, kind === 'ttl' ? 254 : 255, messageOf(kind, source, at)));
  });
}

function messageOf(kind: FloodKind, source: readonly number[], at: number): number[] {
  const proving = PASSWORD_KINDS.has(kind);
  const old = kind === 'version' || proving;
  const vrid = kind === 'foreign-vrid' ? 52 + (at % 200) : VRID;
  const password = [...Buffer.from('mistaken')];
  const body = old
    ? [0x21, vrid, 254, 1, proving ? 1 : 0, 1, 0, 0, ...VIP, ...(proving ? password : zeros(8))]
    : [0x31, vrid, 254, 1, 0, 100, 0, 0, ...VIP];
  const pseudo = old ? [] : [...source, ...GROUP, 0, IPPROTO_VRRP, 0, body.length];
  const sum = checksum([...pseudo, ...body]);
  const damage = kind === 'checksum' || kind === 'spoofed' ? 0x5555 : 0;
  return body.with(6, (sum ^ damage) >>> 8).with(7, (sum ^ damage) & 0xff);
}

function ipPacket(source: readonly number[], ttl: number, message: readonly number[]): number[] {
  const header = [
    ...[0x45, 0xc0, 0, IP_HEADER + message.length, 0, 1, 0, 0, ttl, IPPROTO_VRRP, 0, 0],
    ...source,
    ...GROUP,
  ];
  const sum = checksum(header);
  return [...header.with(10, sum >>> 8).with(11, sum & 0xff), ...message];
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

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
