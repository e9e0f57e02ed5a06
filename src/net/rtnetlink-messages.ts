/**
 * The netlink(7) messages that Locum uses, in host byte order: struct nlmsghdr, and the bodies of rtnetlink(7), struct
 * ifinfomsg and ifaddrmsg, with their attributes (linux/netlink.h, rtnetlink.h, if_link.h, if_addr.h). Pure. Reads only
 * the attributes it needs, so that no kernel's new or odd one costs us a message; what is cut short decodes to undefined.
 */

import { endianness } from 'node:os';
import { type Cidr, fromUint32, toUint32 } from '../lib/ip-address.ts';
import { type MacAddress, macAddressOf } from '../lib/mac-address.ts';

/** An interface of this network namespace. */
export interface KernelLink {
  readonly index: number;
  readonly name: string;
  /** IFF_UP: what the administrator asked for. */
  readonly up: boolean;
  /** IFF_RUNNING: what the kernel finds, carrier included. */
  readonly running: boolean;
  /** IFF_MULTICAST. */
  readonly multicast: boolean;
  /** IFF_NOARP is not set. */
  readonly arp: boolean;
  /** Undefined where the link layer has no Ethernet addresses. */
  readonly mac: MacAddress | undefined;
  readonly mtu: number;
}

/** An IPv4 address of an interface. */
export interface KernelAddress extends Cidr {
  readonly interfaceIndex: number;
  /** RT_SCOPE_*: 0 is global. */
  readonly scope: number;
  /** A further address of a network in which the interface has one already. */
  readonly secondary: boolean;
  /** Whole seconds until the kernel removes it, as of this message; undefined when it is permanent. */
  readonly validSeconds: number | undefined;
}

/** A netlink message: its header's fields, and what follows. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  /** The answers to a request have the request's. */
  readonly sequence: number;
  readonly body: Uint8Array;
}

export const RT_SCOPE_GLOBAL = 0;

const AF_INET = 2;
const NLMSGHDR_BYTES = 16;
const AF_UNSPEC = 0;
const IFINFOMSG_BYTES = 16;
const IFADDRMSG_BYTES = 8;
const ATTRIBUTE_HEADER_BYTES = 4;
const ATTRIBUTE_TYPE_MASK = 0x3fff;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const IFF_NOARP = 0x80;
const IFF_MULTICAST = 0x1000;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 1 << 3;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_CACHEINFO = 6;
const IFA_CACHEINFO_BYTES = 16;
const IFA_FLAGS = 8;
const IFA_F_SECONDARY = 0x01;
const IFA_F_PERMANENT = 0x80;
const MAC_BYTES = 6;

const littleEndian = endianness() === 'LE';

/** One message as a datagram; the port is left to the kernel. */
export function encodeMessage({ type, flags, sequence, body }: NetlinkMessage): Uint8Array {
  const header = Buffer.alloc(NLMSGHDR_BYTES);
  header.set(uint32(NLMSGHDR_BYTES + body.length), 0);
  header.set(uint16s(type, flags), 4);
  header.set(uint32(sequence), 8);
  return Buffer.concat([header, body]);
}

/** The messages of a datagram; their bodies are views of it. */
export function decodeMessages(datagram: Uint8Array): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  const view = viewOf(datagram);
  let at = 0;
  while (at + NLMSGHDR_BYTES <= datagram.length) {
    const length = view.getUint32(at, littleEndian);
    if (length < NLMSGHDR_BYTES || at + length > datagram.length) break;
    messages.push({
      type: view.getUint16(at + 4, littleEndian),
      flags: view.getUint16(at + 6, littleEndian),
      sequence: view.getUint32(at + 8, littleEndian),
      body: datagram.subarray(at + NLMSGHDR_BYTES, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** The errno in the body of NLMSG_ERROR or NLMSG_DONE, 0 for success. */
export function decodeErrno(body: Uint8Array): number {
  return body.length < 4 ? 0 : 0 - viewOf(body).getInt32(0, littleEndian);
}

/** Undefined also for messages about a bridge's port (AF_BRIDGE), where "deleted" means "left the bridge". */
export function decodeLink(body: Uint8Array): KernelLink | undefined {
  if (body.length < IFINFOMSG_BYTES) return undefined;
  const header = viewOf(body);
  if (header.getUint8(0) !== AF_UNSPEC) return undefined;
  const attributes = decodeAttributes(body.subarray(IFINFOMSG_BYTES));
  const name = attributes.get(IFLA_IFNAME);
  if (name === undefined) return undefined;
  const flags = header.getUint32(8, littleEndian);
  return {
    index: header.getInt32(4, littleEndian),
    name: decodeText(name),
    up: (flags & IFF_UP) !== 0,
    running: (flags & IFF_RUNNING) !== 0,
    multicast: (flags & IFF_MULTICAST) !== 0,
    arp: (flags & IFF_NOARP) === 0,
    mac: decodeMac(attributes.get(IFLA_ADDRESS)),
    mtu: decodeUint32(attributes.get(IFLA_MTU)) ?? 0,
  };
}

/** Undefined for other families than IPv4. */
export function decodeAddress(body: Uint8Array): KernelAddress | undefined {
  if (body.length < IFADDRMSG_BYTES) return undefined;
  const header = viewOf(body);
  if (header.getUint8(0) !== AF_INET) return undefined;
  const attributes = decodeAttributes(body.subarray(IFADDRMSG_BYTES));
  // On a point-to-point link IFA_ADDRESS is the other end's.
  const local = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (local?.length !== 4) return undefined;
  const flags = decodeUint32(attributes.get(IFA_FLAGS)) ?? header.getUint8(2);
  const lifetimes = attributes.get(IFA_CACHEINFO);
  return {
    address: fromUint32(viewOf(local).getUint32(0)),
    prefixLength: header.getUint8(1),
    interfaceIndex: header.getUint32(4, littleEndian),
    scope: header.getUint8(3),
    secondary: (flags & IFA_F_SECONDARY) !== 0,
    validSeconds: (flags & IFA_F_PERMANENT) !== 0 ? undefined : decodeUint32(lifetimes?.subarray(4)),
  };
}

/** Body of RTM_GETLINK for one interface, without its statistics. */
export function encodeLinkQuery(name: string): Uint8Array {
  const skipStatistics = uint32(RTEXT_FILTER_SKIP_STATS);
  return Buffer.concat([
    Buffer.alloc(IFINFOMSG_BYTES),
    encodeAttribute(IFLA_IFNAME, Buffer.from(`${name}\0`)),
    encodeAttribute(IFLA_EXT_MASK, skipStatistics),
  ]);
}

/** Body of RTM_GETADDR for every IPv4 address. */
export function encodeAddressQuery(): Uint8Array {
  const header = Buffer.alloc(IFADDRMSG_BYTES);
  header.writeUInt8(AF_INET, 0);
  return header;
}

/** Body of RTM_NEWADDR with a lifetime in seconds (preferred = valid), or of RTM_DELADDR without. */
export function encodeAddress(cidr: Cidr, interfaceIndex: number, leaseSeconds?: number): Uint8Array {
  const header = Buffer.alloc(IFADDRMSG_BYTES);
  header.set([AF_INET, cidr.prefixLength, 0, RT_SCOPE_GLOBAL]);
  header.set(uint32(interfaceIndex), 4);
  const address = Buffer.alloc(4);
  address.writeUInt32BE(toUint32(cidr.address));
  return Buffer.concat([
    header,
    encodeAttribute(IFA_LOCAL, address),
    encodeAttribute(IFA_ADDRESS, address),
    ...(leaseSeconds === undefined ? [] : [encodeAttribute(IFA_CACHEINFO, lifetimes(leaseSeconds))]),
  ]);
}

/** struct ifa_cacheinfo: preferred and valid lifetime; the time stamps are the kernel's to fill in. */
function lifetimes(seconds: number): Uint8Array {
  const bytes = Buffer.alloc(IFA_CACHEINFO_BYTES);
  bytes.set(uint32(seconds), 0);
  bytes.set(uint32(seconds), 4);
  return bytes;
}

function encodeAttribute(type: number, value: Uint8Array): Uint8Array {
  const length = ATTRIBUTE_HEADER_BYTES + value.length;
  const bytes = Buffer.alloc(aligned(length));
  bytes.set(uint16s(length, type));
  bytes.set(value, ATTRIBUTE_HEADER_BYTES);
  return bytes;
}

function decodeAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  const view = viewOf(bytes);
  let at = 0;
  while (at + ATTRIBUTE_HEADER_BYTES <= bytes.length) {
    const length = view.getUint16(at, littleEndian);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > bytes.length) break;
    const type = view.getUint16(at + 2, littleEndian) & ATTRIBUTE_TYPE_MASK;
    attributes.set(type, bytes.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length));
    at += aligned(length);
  }
  return attributes;
}

function decodeText(value: Uint8Array): string {
  const end = value.indexOf(0);
  return Buffer.from(end === -1 ? value : value.subarray(0, end)).toString();
}

function decodeMac(value: Uint8Array | undefined): MacAddress | undefined {
  return value?.length === MAC_BYTES ? macAddressOf(value) : undefined;
}

function decodeUint32(value: Uint8Array | undefined): number | undefined {
  return value === undefined || value.length < 4 ? undefined : viewOf(value).getUint32(0, littleEndian);
}

function uint32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function uint16s(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** NLMSG_ALIGN, NLA_ALIGN: everything starts at multiples of four bytes. */
function aligned(length: number): number {
  return (length + 3) & ~3;
}
