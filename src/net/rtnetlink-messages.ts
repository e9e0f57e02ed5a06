/**
 * The netlink(7) messages that Locum uses, in host byte order: struct nlmsghdr, and the bodies of rtnetlink(7), struct
 * ifinfomsg and ifaddrmsg, with their attributes (linux/netlink.h, rtnetlink.h, if_link.h, if_addr.h). Pure. Reads only
 * the attributes it needs, so that no kernel's new or odd one costs us a message; what is cut short decodes to undefined.
 */

import { endianness } from 'node:os';
import {
  ADDRESS_LENGTH,
  addressBytes,
  addressFrom,
  type Cidr,
  type Family,
  familyOf,
  longestPrefix,
} from '../lib/ip-address.ts';
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

/** An IPv4 or IPv6 address of an interface. */
export interface KernelAddress extends Cidr {
  readonly interfaceIndex: number;
  /** RT_SCOPE_*: 0 is global. */
  readonly scope: number;
  /** IPv4: a further address of a network in which the interface has one already. IPv6: a temporary one, for privacy (RFC 8981). */
  readonly secondary: boolean;
  /** IPv6: the kernel does not use it, as it looks for a duplicate, or has found one (RFC 4862 §5.4). */
  readonly tentative: boolean;
  readonly duplicate: boolean;
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
export const RT_SCOPE_LINK = 253;

/** How long an address stays: so many whole seconds unless it is renewed, or for good. */
export type Lease = number | 'permanent';

const AF_INET = 2;
const AF_INET6 = 10;
const FAMILIES: ReadonlyMap<number, Family> = new Map([
  [AF_INET, 4],
  [AF_INET6, 6],
]);
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
const IFA_F_NODAD = 0x02;
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;
const IFA_F_PERMANENT = 0x80;
/** INFINITY_LIFE_TIME. */
const FOR_EVER = 0xffff_ffff;
const MAC_BYTES = 6;

const littleEndian = endianness() === 'LE';

/** One message as a datagram; the port is left to the kernel. */
export function encodeMessage({ type, flags, sequence, body }: NetlinkMessage): Uint8Array {
  const header = zeros(NLMSGHDR_BYTES);
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

/** Undefined for other families than IPv4 and IPv6. */
export function decodeAddress(body: Uint8Array): KernelAddress | undefined {
  if (body.length < IFADDRMSG_BYTES) return undefined;
  const header = viewOf(body);
  const family = FAMILIES.get(header.getUint8(0));
  if (family === undefined) return undefined;
  const attributes = decodeAttributes(body.subarray(IFADDRMSG_BYTES));
  // On a point-to-point link IFA_ADDRESS is the other end's.
  const local = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (local?.length !== ADDRESS_LENGTH[family]) return undefined;
  const flags = decodeUint32(attributes.get(IFA_FLAGS)) ?? header.getUint8(2);
  const lifetimes = attributes.get(IFA_CACHEINFO);
  return {
    address: addressFrom(local),
    prefixLength: header.getUint8(1),
    interfaceIndex: header.getUint32(4, littleEndian),
    scope: header.getUint8(3),
    secondary: (flags & IFA_F_SECONDARY) !== 0,
    tentative: (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0,
    duplicate: (flags & IFA_F_DADFAILED) !== 0,
    validSeconds: (flags & IFA_F_PERMANENT) !== 0 ? undefined : decodeUint32(lifetimes?.subarray(4)),
  };
}

/** Body of RTM_GETLINK for one interface, without its statistics. */
export function encodeLinkQuery(name: string): Uint8Array {
  const skipStatistics = uint32(RTEXT_FILTER_SKIP_STATS);
  return Buffer.concat([
    zeros(IFINFOMSG_BYTES),
    encodeAttribute(IFLA_IFNAME, Buffer.from(`${name}\0`)),
    encodeAttribute(IFLA_EXT_MASK, skipStatistics),
  ]);
}

/** Body of RTM_GETADDR for every address of every family. */
export function encodeAddressQuery(): Uint8Array {
  return zeros(IFADDRMSG_BYTES);
}

/** Body of RTM_DELADDR. */
export function encodeAddress({ address, prefixLength }: Cidr, interfaceIndex: number): Uint8Array {
  const family = familyOf(address);
  const header = zeros(IFADDRMSG_BYTES);
  // No search for a duplicate: a virtual address moves, and after a split brain the search would disable it on the winner.
  const flags = family === 6 ? IFA_F_NODAD : 0;
  header.set([family === 6 ? AF_INET6 : AF_INET, prefixLength, flags, RT_SCOPE_GLOBAL]);
  header.set(uint32(interfaceIndex), 4);
  const bytes = addressBytes(address);
  return Buffer.concat([header, encodeAttribute(IFA_LOCAL, bytes), encodeAttribute(IFA_ADDRESS, bytes)]);
}

/** Body of RTM_NEWADDR; the lease is 1 second or more. */
export function encodeNewAddress(cidr: Cidr, interfaceIndex: number, lease: Lease): Uint8Array {
  const cacheInfo = encodeAttribute(IFA_CACHEINFO, lifetimes(cidr, lease));
  return Buffer.concat([encodeAddress(cidr, interfaceIndex), cacheInfo]);
}

/**
 * struct ifa_cacheinfo: preferred and valid lifetime; the time stamps are the kernel's to fill in. IPv6 prefers no virtual address
 * and no single host's: else the kernel would take it, as the latest, for the source of whatever this host begins itself.
 */
function lifetimes({ address, prefixLength }: Cidr, lease: Lease): Uint8Array {
  const valid = lease === 'permanent' ? FOR_EVER : lease;
  const isHostRoute = prefixLength === longestPrefix(6);
  const preferred = familyOf(address) === 6 && (lease !== 'permanent' || isHostRoute) ? 0 : valid;
  const bytes = zeros(IFA_CACHEINFO_BYTES);
  bytes.set(uint32(preferred), 0);
  bytes.set(uint32(valid), 4);
  return bytes;
}

export function encodeAttribute(type: number, value: Uint8Array): Uint8Array {
  const length = ATTRIBUTE_HEADER_BYTES + value.length;
  const bytes = zeros(aligned(length));
  bytes.set(uint16s(length, type));
  bytes.set(value, ATTRIBUTE_HEADER_BYTES);
  return bytes;
}

/** The attributes of a message, or in another, by type; of several alike the last, as in the kernel. */
export interface Attributes {
  get(type: number): Uint8Array | undefined;
}

/** Looked for when it is asked for: an interface has sixty, of which three are read, and a host with containers tells of thousands. */
export function decodeAttributes(bytes: Uint8Array): Attributes {
  const view = viewOf(bytes);
  return {
    get(type) {
      let found: Uint8Array | undefined;
      for (let at = 0; at + ATTRIBUTE_HEADER_BYTES <= bytes.length; ) {
        const length = view.getUint16(at, littleEndian);
        if (length < ATTRIBUTE_HEADER_BYTES || at + length > bytes.length) break;
        if ((view.getUint16(at + 2, littleEndian) & ATTRIBUTE_TYPE_MASK) === type)
          found = bytes.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length);
        at += aligned(length);
      }
      return found;
    },
  };
}

export function decodeText(value: Uint8Array): string {
  const end = value.indexOf(0);
  return Buffer.from(end === -1 ? value : value.subarray(0, end)).toString();
}

function decodeMac(value: Uint8Array | undefined): MacAddress | undefined {
  return value?.length === MAC_BYTES ? macAddressOf(value) : undefined;
}

export function decodeUint32(value: Uint8Array | undefined): number | undefined {
  return value === undefined || value.length < 4 ? undefined : viewOf(value).getUint32(0, littleEndian);
}

export function uint32(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  viewOf(bytes).setUint32(0, value, littleEndian);
  return bytes;
}

function uint16s(first: number, second: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  viewOf(bytes).setUint16(0, first, littleEndian);
  viewOf(bytes).setUint16(2, second, littleEndian);
  return bytes;
}

/** Out of Node's pool of small buffers: an ArrayBuffer for each would cost more than all the rest of a message. */
function zeros(length: number): Buffer {
  return Buffer.allocUnsafe(length).fill(0);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** NLMSG_ALIGN, NLA_ALIGN: everything starts at multiples of four bytes. */
function aligned(length: number): number {
  return (length + 3) & ~3;
}
