/**
 * Frames about a virtual address. What tells a link where it lives now (RFC 9568 §6.4.2): the gratuitous ARP (RFC 826, RFC 5227 §3),
 * over IPv6 the unsolicited neighbour advertisement (RFC 4861 §7.2.6). And the ARP probe that asks who has it (RFC 5227 §2.1.1), and
 * who an ARP frame is from.
 */

import { putUint16, putUint32, uint16At, uint32At } from '../lib/bytes.ts';
import {
  addressBytes,
  familyOf,
  fromUint32,
  type IpAddress,
  parseIpAddress,
  toUint32,
} from '../lib/ip-address.ts';
import { type MacAddress, macAddressBytes, macAddressOf } from '../lib/mac-address.ts';
import { internetChecksum, pseudoHeaderSum } from './checksum.ts';
import { IP_HEADER_LENGTH, writeIpHeader } from './ip-packet.ts';

const BROADCAST = new Uint8Array(6).fill(0xff);
const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV4 = 0x0800;
const HARDWARE_ETHERNET = 1;
const OPERATION_REQUEST = 1;

const FRAME_BYTES = 42;
const SENDER_MAC_OFFSET = 22;
const SENDER_ADDRESS_OFFSET = 28;

/** What announces an address of either family. `router`: whether the sender forwards packets; only IPv6 asks. */
export function announcement(address: IpAddress, sender: MacAddress, router: boolean): Uint8Array {
  return familyOf(address) === 4
    ? gratuitousArp(address, sender)
    : unsolicitedNeighbourAdvertisement(address, sender, router);
}

/**
 * An Ethernet frame of 42 octets: an ARP request, sender and target both the virtual address, to everyone. A request
 * rather than a reply, because every stack updates its cache from it (RFC 5227 §3).
 */
export function gratuitousArp(address: IpAddress, sender: MacAddress): Uint8Array {
  const frame = arpRequest(address, sender);
  putUint32(frame, SENDER_ADDRESS_OFFSET, toUint32(address));
  frame.set(BROADCAST, 32);
  return frame;
}

/** Asks everyone who has the address. It names no sender's address, so that it changes no cache (RFC 5227 §2.1.1). */
export function arpProbe(address: IpAddress, sender: MacAddress): Uint8Array {
  return arpRequest(address, sender);
}

/** Who an ARP frame says it is from; undefined for anything but ARP of Ethernet and IPv4. */
export function arpSender(
  frame: Uint8Array,
): { readonly address: IpAddress; readonly mac: MacAddress } | undefined {
  if (frame.length < FRAME_BYTES || uint16At(frame, 12) !== ETHERTYPE_ARP) return undefined;
  if (uint16At(frame, 14) !== HARDWARE_ETHERNET || uint16At(frame, 16) !== ETHERTYPE_IPV4) return undefined;
  const mac = macAddressOf(frame.subarray(SENDER_MAC_OFFSET, SENDER_ADDRESS_OFFSET));
  return { address: fromUint32(uint32At(frame, SENDER_ADDRESS_OFFSET)), mac };
}

/** A request for the address; the sender's own address is left zero. */
function arpRequest(address: IpAddress, sender: MacAddress): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES);
  const mac = macAddressBytes(sender);
  frame.set(BROADCAST, 0);
  frame.set(mac, 6);
  putUint16(frame, 12, ETHERTYPE_ARP);
  putUint16(frame, 14, HARDWARE_ETHERNET);
  putUint16(frame, 16, ETHERTYPE_IPV4);
  frame[18] = mac.length;
  frame[19] = 4;
  putUint16(frame, 20, OPERATION_REQUEST);
  frame.set(mac, SENDER_MAC_OFFSET);
  putUint32(frame, 38, toUint32(address));
  return frame;
}

const ETHERNET_HEADER_LENGTH = 14;
const ETHERTYPE_IPV6 = 0x86dd;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;
/** The flags of RFC 4861 §4.4; Solicited is never set here. */
const ROUTER = 0x80;
const OVERRIDE = 0x20;
const TARGET_LINK_LAYER_ADDRESS = 2;
/** Twice 8 octets. */
const ICMPV6_LENGTH = 32;
const ALL_NODES = parseIpAddress('ff02::1') as IpAddress;
/** The group's own Ethernet address (RFC 2464 §7). */
const ALL_NODES_MAC = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);
/** So that whoever receives it knows that it is of this link (RFC 4861 §7.1.2). */
const HOP_LIMIT = 255;

/**
 * An Ethernet frame of 86 octets to all nodes, from the virtual address: the sender has it now, whatever caches say (Override).
 *
 * Deviation: `router` says whether the Router flag is set, which RFC 9568 §6.4.2 always sets: a host that claims to be a
 * router would be taken for one, and one that takes the claim back is struck from its neighbours' default routes (RFC 4861 §7.2.5).
 */
export function unsolicitedNeighbourAdvertisement(
  address: IpAddress,
  sender: MacAddress,
  router: boolean,
): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + IP_HEADER_LENGTH[6] + ICMPV6_LENGTH);
  const mac = macAddressBytes(sender);
  frame.set(ALL_NODES_MAC, 0);
  frame.set(mac, 6);
  putUint16(frame, 12, ETHERTYPE_IPV6);
  const packet = frame.subarray(ETHERNET_HEADER_LENGTH);
  const message = packet.subarray(IP_HEADER_LENGTH[6]);
  message[0] = NEIGHBOUR_ADVERTISEMENT;
  message[4] = OVERRIDE | (router ? ROUTER : 0);
  message.set(addressBytes(address), 8);
  message[24] = TARGET_LINK_LAYER_ADDRESS;
  message[25] = 1;
  message.set(mac, 26);
  const start = pseudoHeaderSum(address, ALL_NODES, ICMPV6, ICMPV6_LENGTH);
  putUint16(message, 2, internetChecksum(message, start));
  writeIpHeader(packet, 6, {
    trafficClass: 0,
    source: address,
    destination: ALL_NODES,
    ttl: HOP_LIMIT,
    protocol: ICMPV6,
    identification: 0,
  });
  return frame;
}
