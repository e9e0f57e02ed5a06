/** Finds the IP packet in a captured frame: Ethernet with VLAN tags, raw IP, Linux cooked captures v1 and v2. Pure. */

import { uint16At } from '../../lib/bytes.ts';
import { type MacAddress, macAddressOf } from '../../lib/mac-address.ts';
import { err, ok, type Result } from '../../lib/result.ts';

/** IPv4 and IPv6. */
const IP_ETHERTYPES: readonly number[] = [0x0800, 0x86dd];
/** IEEE 802.1Q and 802.1ad. */
const VLAN_TAGS: readonly number[] = [0x8100, 0x88a8];
const MOST_TAGS = 4;

export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_RAW = 101;

export interface Located {
  /** From the IP header on, padding included. */
  readonly packet: Uint8Array;
  /** The VLAN ids, outermost first. */
  readonly vlans: readonly number[];
  /** Who sent the frame, where the link layer says. */
  readonly sender: MacAddress | undefined;
}

type Finder = (frame: Uint8Array) => Result<Located, string>;

/** By LINKTYPE_ value; 12 is what some systems write for raw IP. */
const FINDERS: Readonly<Record<number, Finder>> = {
  [LINKTYPE_ETHERNET]: frame => behindEtherType(frame, 12, 6),
  12: raw,
  [LINKTYPE_RAW]: raw,
  228: raw,
  229: raw,
  113: frame => behindEtherType(frame, 14, cookedSender(frame, 2, 5, 6)),
  276: frame => located(frame, { type: 0, packet: 20, sender: cookedSender(frame, 8, 11, 12) }, []),
};

export const isKnownLinkType = (linkType: number): boolean => FINDERS[linkType] !== undefined;

/** The IP packet in a frame, or what is there instead. */
export function locateIp(linkType: number, frame: Uint8Array): Result<Located, string> {
  const find = FINDERS[linkType];
  return find === undefined ? err(`link type ${linkType} is not supported`) : find(frame);
}

function raw(frame: Uint8Array): Result<Located, string> {
  return ok({ packet: frame, vlans: [], sender: undefined });
}

/** ARPHRD_ETHER. */
const HARDWARE_ETHERNET = 1;

/** Where a cooked header has the sender's address, if it is one of Ethernet: the header says type and length, too. */
function cookedSender(frame: Uint8Array, typeAt: number, lengthAt: number, at: number): number | undefined {
  const isEthernet = frame.length > lengthAt && uint16At(frame, typeAt) === HARDWARE_ETHERNET;
  return isEthernet && frame[lengthAt] === 6 ? at : undefined;
}

function behindEtherType(
  frame: Uint8Array,
  offset: number,
  sender: number | undefined,
): Result<Located, string> {
  const vlans: number[] = [];
  let at = offset;
  while (at + 4 <= frame.length && VLAN_TAGS.includes(uint16At(frame, at)) && vlans.length < MOST_TAGS) {
    vlans.push(uint16At(frame, at + 2) & 0x0fff);
    at += 4;
  }
  return located(frame, { type: at, packet: at + 2, sender }, vlans);
}

/** Where the fields of a link-layer header stand. */
interface Places {
  readonly type: number;
  readonly packet: number;
  readonly sender: number | undefined;
}

function located(frame: Uint8Array, places: Places, vlans: readonly number[]): Result<Located, string> {
  if (frame.length < Math.max(places.packet, places.type + 2))
    return err(`a frame of ${frame.length} octets`);
  const type = uint16At(frame, places.type);
  if (!IP_ETHERTYPES.includes(type)) return err(`EtherType 0x${type.toString(16).padStart(4, '0')}`);
  const { sender } = places;
  return ok({
    packet: frame.subarray(places.packet),
    vlans,
    sender: sender === undefined ? undefined : macAddressOf(frame.subarray(sender, sender + 6)),
  });
}

/** For octets without a capture around them: IP begins with its version, an Ethernet frame has its type behind two addresses. */
export function guessLinkType(bytes: Uint8Array): number {
  const version = (bytes[0] ?? 0) >>> 4;
  if (version !== 4 && version !== 6) return LINKTYPE_ETHERNET;
  const isFrame = bytes.length > 14 && IP_ETHERTYPES.includes(uint16At(bytes, 12)) && isIp(bytes[14] ?? 0);
  return isFrame ? LINKTYPE_ETHERNET : LINKTYPE_RAW;
}

const isIp = (first: number): boolean => first === 0x45 || first >>> 4 === 6;
