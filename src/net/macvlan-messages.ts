/**
 * The messages of rtnetlink(7) about macvlan interfaces and the settings of an interface that need no /proc/sys: bodies of RTM_NEWLINK
 * and RTM_GETLINK with their nested attributes (linux/if_link.h, ip.h). /proc/sys is read-only in containers. Pure.
 */

import type { MacAddress } from '../lib/mac-address.ts';
import { macAddressBytes } from '../lib/mac-address.ts';
import {
  type Attributes,
  decodeAttributes,
  decodeLink,
  decodeText,
  decodeUint32,
  encodeAttribute,
  type KernelLink,
  uint32,
} from './rtnetlink-messages.ts';

/** net.ipv4.conf.IF.* (Documentation/networking/ip-sysctl). */
export interface Ipv4Settings {
  /** 1: answers ARP only for addresses of this interface. */
  readonly arpIgnore: number;
  /** 2: asks by ARP only in the name of an address of this interface. */
  readonly arpAnnounce: number;
  /** 2: takes packets whose source is reachable by any interface. */
  readonly rpFilter: number;
}

/** An interface with what tells those apart that Locum made. */
export interface KernelLinkDetails extends KernelLink {
  /** IFLA_INFO_KIND: `macvlan`, `veth`, …; undefined for hardware. */
  readonly kind: string | undefined;
  /** The interface that this one lies on; of another namespace if the kernel says so. */
  readonly parentIndex: number | undefined;
  /** IFLA_IFALIAS: a note that stays with the interface. */
  readonly alias: string | undefined;
  /** Undefined without IPv4. */
  readonly ipv4: Ipv4Settings | undefined;
}

export interface Macvlan {
  readonly name: string;
  readonly mac: MacAddress;
  readonly parentIndex: number;
}

export interface LinkChange {
  readonly up?: boolean;
  readonly alias?: string;
  readonly ipv4?: Partial<Ipv4Settings>;
  /** The kernel makes no IPv6 address of the MAC (RFC 9568 §7.4), and with that announces none. */
  readonly withoutIpv6Identifiers?: true;
}

const IFINFOMSG_BYTES = 16;
const INDEX_OFFSET = 4;
const FLAGS_OFFSET = 8;
const CHANGE_MASK_OFFSET = 12;
const IFF_UP = 0x1;
const NESTED = 0x8000;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_LINK = 5;
const IFLA_LINKINFO = 18;
const IFLA_IFALIAS = 20;
const IFLA_AF_SPEC = 26;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 1 << 3;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_MACVLAN_MODE = 1;
const MACVLAN_MODE_BRIDGE = 4;
const AF_INET = 2;
const AF_INET6 = 10;
const IFLA_INET_CONF = 1;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
/** IPV4_DEVCONF_*; the kernel's list begins with number 1. */
const IPV4_DEVCONF = { rpFilter: 8, arpAnnounce: 18, arpIgnore: 19 } as const satisfies Record<
  keyof Ipv4Settings,
  number
>;

/**
 * Body of RTM_NEWLINK for a macvlan that is down. Mode bridge: in the mode private the parent does not get the advertisements of a
 * rival that uses the same MAC, since the kernel takes them for the macvlan's own.
 */
export function encodeMacvlan({ name, mac, parentIndex }: Macvlan): Uint8Array {
  const mode = encodeAttribute(IFLA_MACVLAN_MODE, uint32(MACVLAN_MODE_BRIDGE));
  return Buffer.concat([
    encodeHeader(0),
    encodeAttribute(IFLA_IFNAME, Buffer.from(`${name}\0`)),
    encodeAttribute(IFLA_LINK, uint32(parentIndex)),
    encodeAttribute(IFLA_ADDRESS, macAddressBytes(mac)),
    nest(IFLA_LINKINFO, encodeAttribute(IFLA_INFO_KIND, Buffer.from('macvlan')), nest(IFLA_INFO_DATA, mode)),
  ]);
}

/** Body of RTM_NEWLINK that changes an interface. */
export function encodeLinkChange(interfaceIndex: number, change: LinkChange): Uint8Array {
  const { alias, ipv4, up, withoutIpv6Identifiers } = change;
  const generation = encodeAttribute(IFLA_INET6_ADDR_GEN_MODE, Uint8Array.of(IN6_ADDR_GEN_MODE_NONE));
  const families = [
    ...(ipv4 === undefined ? [] : [nest(AF_INET, nest(IFLA_INET_CONF, ...settingsOf(ipv4)))]),
    ...(withoutIpv6Identifiers ? [nest(AF_INET6, generation)] : []),
  ];
  return Buffer.concat([
    encodeHeader(interfaceIndex, up),
    ...(alias === undefined ? [] : [encodeAttribute(IFLA_IFALIAS, Buffer.from(alias))]),
    ...(families.length === 0 ? [] : [nest(IFLA_AF_SPEC, ...families)]),
  ]);
}

/** Body of RTM_DELLINK. */
export function encodeLinkDeletion(interfaceIndex: number): Uint8Array {
  return encodeHeader(interfaceIndex);
}

/** Body of RTM_GETLINK for every interface, without their statistics. */
export function encodeLinksQuery(): Uint8Array {
  return Buffer.concat([encodeHeader(0), encodeAttribute(IFLA_EXT_MASK, uint32(RTEXT_FILTER_SKIP_STATS))]);
}

/** Undefined where {@link decodeLink} is. */
export function decodeLinkDetails(body: Uint8Array): KernelLinkDetails | undefined {
  const link = decodeLink(body);
  if (link === undefined) return undefined;
  const attributes = decodeAttributes(body.subarray(IFINFOMSG_BYTES));
  const kind = inside(attributes.get(IFLA_LINKINFO)).get(IFLA_INFO_KIND);
  const alias = attributes.get(IFLA_IFALIAS);
  const ipv4 = inside(inside(attributes.get(IFLA_AF_SPEC)).get(AF_INET)).get(IFLA_INET_CONF);
  return {
    ...link,
    kind: kind && decodeText(kind),
    parentIndex: decodeUint32(attributes.get(IFLA_LINK)),
    alias: alias && decodeText(alias),
    ipv4: ipv4 && decodeSettings(ipv4),
  };
}

function encodeHeader(interfaceIndex: number, up?: boolean): Uint8Array {
  const header = Buffer.alloc(IFINFOMSG_BYTES);
  header.set(uint32(interfaceIndex), INDEX_OFFSET);
  if (up === true) header.set(uint32(IFF_UP), FLAGS_OFFSET);
  if (up !== undefined) header.set(uint32(IFF_UP), CHANGE_MASK_OFFSET);
  return header;
}

function nest(type: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  return encodeAttribute(type | NESTED, Buffer.concat(attributes));
}

function inside(nested: Uint8Array | undefined): Attributes {
  return decodeAttributes(nested ?? new Uint8Array());
}

function settingsOf(settings: Partial<Ipv4Settings>): Uint8Array[] {
  return Object.entries(IPV4_DEVCONF).flatMap(([name, number]) => {
    const value = settings[name as keyof Ipv4Settings];
    return value === undefined ? [] : [encodeAttribute(number, uint32(value))];
  });
}

/** What the kernel tells is a list by number, 32 bits each. */
function decodeSettings(list: Uint8Array): Ipv4Settings {
  const at = (number: number): number => decodeUint32(list.subarray(4 * (number - 1))) ?? 0;
  const { arpIgnore, arpAnnounce, rpFilter } = IPV4_DEVCONF;
  return { arpIgnore: at(arpIgnore), arpAnnounce: at(arpAnnounce), rpFilter: at(rpFilter) };
}
