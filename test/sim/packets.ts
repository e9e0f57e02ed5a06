/**
 * VRRP on the wire a second time, written from the RFCs and sharing nothing with src/vrrp: what the simulator's strangers
 * send, and what a router must make of a packet (RFC 9568 §5.2 and §7.1, RFC 3768 §5.3 and §7.1, RFC 2338 §5.3.6). The
 * checkers believe this file.
 */

import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';

/** 224.0.0.18. */
const GROUP = 0xe0000012;
const PROTOCOL = 112;

/** What a packet of a stranger is made of; the defaults of {@link encode} are those of a proper advertisement. */
export interface Draft {
  readonly version: number;
  readonly vrid: number;
  readonly priority: number;
  readonly intervalUs: number;
  readonly source: number;
  readonly addresses: readonly number[];
  /** Eight octets (version 2). */
  readonly password?: Uint8Array | undefined;
  readonly authType?: number;
  readonly type?: number;
  readonly ttl?: number;
  readonly protocol?: number;
  readonly destination?: number;
  /** The Count field where it is to differ from the number of addresses. */
  readonly count?: number;
  /** Added to the right checksum. */
  readonly checksumError?: number;
}

const numbers = new Map<IpAddress, number>();

/** Kept once computed: an installation has a handful of addresses, and they are compared all the time. */
export function toNumber(address: IpAddress): number {
  let number = numbers.get(address);
  if (number === undefined) {
    number = address.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
    numbers.set(address, number);
  }
  return number;
}

export function encode(draft: Draft): Uint8Array {
  const isV2 = draft.version === 2;
  const length = 8 + 4 * draft.addresses.length + (isV2 ? 8 : 0);
  const packet = new Uint8Array(20 + length);
  const view = new DataView(packet.buffer);
  writeHeader(view, draft);
  view.setUint8(20, draft.version * 16 + (draft.type ?? 1));
  view.setUint8(21, draft.vrid);
  view.setUint8(22, draft.priority);
  view.setUint8(23, draft.count ?? draft.addresses.length);
  draft.addresses.forEach((address, i) => {
    view.setUint32(28 + 4 * i, address);
  });
  if (isV2) writeVersion2(packet, draft);
  else view.setUint16(24, draft.intervalUs / 10_000);
  const sum = onesComplementSum(packet, 20, packet.length, isV2 ? 0 : pseudoHeader(view, length));
  view.setUint16(26, (0xffff - sum + (draft.checksumError ?? 0)) & 0xffff);
  return packet;
}

function writeHeader(view: DataView, draft: Draft): void {
  view.setUint8(0, 0x45);
  view.setUint16(2, view.byteLength);
  view.setUint8(8, draft.ttl ?? 255);
  view.setUint8(9, draft.protocol ?? PROTOCOL);
  view.setUint32(12, draft.source);
  view.setUint32(16, draft.destination ?? GROUP);
}

function writeVersion2(packet: Uint8Array, { authType, password, intervalUs }: Draft): void {
  packet[24] = authType ?? (password === undefined ? 0 : 1);
  packet[25] = intervalUs / 1_000_000;
  if (password !== undefined) packet.set(password, packet.length - 8);
}

function pseudoHeader(view: DataView, length: number): number {
  return (
    view.getUint16(12) + view.getUint16(14) + view.getUint16(16) + view.getUint16(18) + PROTOCOL + length
  );
}

function onesComplementSum(bytes: Uint8Array, from: number, to: number, start: number): number {
  let sum = start;
  for (let i = from; i < to; i++) sum += (i - from) % 2 === 0 ? (bytes[i] ?? 0) * 256 : (bytes[i] ?? 0);
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}

/** An advertisement that a router may believe. */
export interface Advert {
  readonly source: number;
  readonly priority: number;
  readonly intervalUs: number;
  readonly addresses: readonly number[];
  readonly pseudoHeader: boolean;
}

/** The fields that do not depend on who listens; undefined when nobody may believe the packet. */
interface Reading extends Advert {
  readonly version: number;
  readonly vrid: number;
  readonly authType: number;
  readonly password: Uint8Array;
}

const readings = new WeakMap<Uint8Array, Reading | 'bad'>();

function read(packet: Uint8Array): Reading | undefined {
  let reading = readings.get(packet);
  if (reading === undefined) {
    reading = readAfresh(packet) ?? 'bad';
    readings.set(packet, reading);
  }
  return reading === 'bad' ? undefined : reading;
}

function readAfresh(packet: Uint8Array): Reading | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const at = startOfMessage(view);
  if (at === undefined) return undefined;
  const end = view.getUint16(2);
  const version = view.getUint8(at) >> 4;
  const count = view.getUint8(at + 3);
  const length = 8 + 4 * count + (version === 2 ? 8 : 0);
  if ((version !== 2 && version !== 3) || view.getUint8(at) % 16 !== 1) return undefined;
  if (count === 0 || end - at !== length) return undefined;
  const isPlain = onesComplementSum(packet, at, end, 0) === 0xffff;
  const isPseudo = version === 3 && onesComplementSum(packet, at, end, pseudoHeader(view, length)) === 0xffff;
  if (!isPlain && !isPseudo) return undefined;
  return {
    version,
    vrid: view.getUint8(at + 1),
    source: view.getUint32(12),
    priority: view.getUint8(at + 2),
    intervalUs: version === 2 ? view.getUint8(at + 5) * 1_000_000 : (view.getUint16(at + 4) % 4096) * 10_000,
    addresses: Array.from({ length: count }, (_, i) => view.getUint32(at + 8 + 4 * i)),
    pseudoHeader: isPseudo,
    authType: version === 2 ? view.getUint8(at + 4) : 0,
    password: packet.subarray(end - 8, end),
  };
}

/** Where the message begins behind a proper IPv4 header; undefined when there is none, or it is too short. */
function startOfMessage(view: DataView): number | undefined {
  if (view.byteLength < 28 || view.getUint8(0) >> 4 !== 4) return undefined;
  const header = (view.getUint8(0) % 16) * 4;
  const end = view.getUint16(2);
  if (header < 20 || end > view.byteLength || end < header + 8) return undefined;
  const isOurs = view.getUint8(9) === PROTOCOL && view.getUint32(16) === GROUP;
  return isOurs && view.getUint8(8) === 255 ? header : undefined;
}

/** What a router with these parameters may believe of a packet; undefined when it must drop it. */
export function judge(packet: Uint8Array, listener: Parameters): Advert | undefined {
  const reading = read(packet);
  if (reading === undefined) return undefined;
  if (reading.vrid !== listener.vrid || reading.version !== listener.version) return undefined;
  if (reading.source === toNumber(listener.primaryAddress)) return undefined;
  if (listener.version === 3) return reading.intervalUs === 0 ? undefined : reading;
  if (reading.intervalUs !== listener.advertisementInterval) return undefined;
  // Nobody here signs.
  if (listener.authentication.type !== 'pass') return reading.authType === 0 ? reading : undefined;
  const { key } = listener.authentication;
  return reading.authType === 1 && reading.password.every((octet, i) => octet === key[i])
    ? reading
    : undefined;
}

const arps = new WeakMap<Uint8Array, Arp | 'none'>();

interface Arp {
  readonly mac: string;
  readonly address: number;
}

/** The sender and the address of a gratuitous ARP (RFC 826, RFC 5227 §3); undefined when the frame is none. */
export function readArp(frame: Uint8Array): Arp | undefined {
  let arp = arps.get(frame);
  if (arp === undefined) {
    arp = readArpAfresh(frame) ?? 'none';
    arps.set(frame, arp);
  }
  return arp === 'none' ? undefined : arp;
}

function readArpAfresh(frame: Uint8Array): Arp | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 42 || view.getUint16(12) !== 0x0806 || view.getUint32(14) !== 0x00010800)
    return undefined;
  if (view.getUint32(28) !== view.getUint32(38)) return undefined;
  const octets = Array.from(frame.subarray(22, 28), octet => octet.toString(16).padStart(2, '0'));
  return { mac: octets.join(':'), address: view.getUint32(28) };
}
