/** Finds the IP packet in a captured frame: Ethernet with VLAN tags, raw IP, Linux cooked captures v1 and v2. Pure. */

import { uint8At, uint16At } from '../../lib/bytes.ts';
import { err, ok, type Result } from '../../lib/result.ts';

const ETHERTYPE_IPV4 = 0x0800;
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
}

type Finder = (frame: Uint8Array) => Result<Located, string>;

/** By LINKTYPE_ value; 12 is what some systems write for raw IP. */
const FINDERS: Readonly<Record<number, Finder>> = {
  [LINKTYPE_ETHERNET]: frame => behindEtherType(frame, 12),
  12: raw,
  [LINKTYPE_RAW]: raw,
  228: raw,
  113: frame => behindEtherType(frame, 14),
  276: frame => behindHeader(frame, 0, 20),
};

export const isKnownLinkType = (linkType: number): boolean => FINDERS[linkType] !== undefined;

/** The IPv4 packet in a frame, or what is there instead. */
export function locateIp(linkType: number, frame: Uint8Array): Result<Located, string> {
  const find = FINDERS[linkType];
  return find === undefined ? err(`link type ${linkType} is not supported`) : find(frame);
}

function raw(frame: Uint8Array): Result<Located, string> {
  const version = (frame[0] ?? 0) >>> 4;
  return version === 6 ? err('IPv6') : ok({ packet: frame, vlans: [] });
}

function behindEtherType(frame: Uint8Array, offset: number): Result<Located, string> {
  const vlans: number[] = [];
  let at = offset;
  while (at + 4 <= frame.length && VLAN_TAGS.includes(uint16At(frame, at)) && vlans.length < MOST_TAGS) {
    vlans.push(uint16At(frame, at + 2) & 0x0fff);
    at += 4;
  }
  return located(frame, at, at + 2, vlans);
}

function behindHeader(frame: Uint8Array, typeAt: number, headerLength: number): Result<Located, string> {
  return located(frame, typeAt, headerLength, []);
}

function located(
  frame: Uint8Array,
  typeAt: number,
  packetAt: number,
  vlans: readonly number[],
): Result<Located, string> {
  if (frame.length < Math.max(packetAt, typeAt + 2)) return err(`a frame of ${frame.length} octets`);
  const type = uint16At(frame, typeAt);
  return type === ETHERTYPE_IPV4
    ? ok({ packet: frame.subarray(packetAt), vlans })
    : err(`EtherType 0x${type.toString(16).padStart(4, '0')}`);
}

/** For octets without a capture around them: IPv4 begins with 4, an Ethernet frame to a group does not. */
export function guessLinkType(bytes: Uint8Array): number {
  return bytes.length > 0 && uint8At(bytes, 0) >>> 4 === 4 ? LINKTYPE_RAW : LINKTYPE_ETHERNET;
}
