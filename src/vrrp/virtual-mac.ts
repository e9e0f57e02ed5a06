/**
 * The Ethernet address of a virtual router (RFC 9568 §7.3), and an advertisement as a frame that comes from it (§7.2): whoever
 * forwards frames learns from every one of them where the virtual router is. Frames go to the multicast groups alone.
 */

import { putUint16 } from '../lib/bytes.ts';
import type { Family } from '../lib/ip-address.ts';
import { type MacAddress, macAddressBytes, macAddressOf } from '../lib/mac-address.ts';
import { internetChecksum } from './checksum.ts';
import { familyOfPacket, headerLengthOf } from './ip-packet.ts';

/** 00-00-5E-00-01-{VRID} for IPv4, 00-00-5E-00-02-{VRID} for IPv6; VRID 1 to 255. */
export function virtualMac(family: Family, vrid: number): MacAddress {
  return macAddressOf(Uint8Array.of(0x00, 0x00, 0x5e, 0x00, family === 4 ? 1 : 2, vrid));
}

const ETHERNET_HEADER_LENGTH = 14;
const ETHERTYPES = { 4: 0x0800, 6: 0x86dd } as const satisfies Record<Family, number>;
/** What 224.0.0.18 (RFC 1112 §6.4) and ff02::12 (RFC 2464 §7) are on an Ethernet. */
const GROUPS = {
  4: Uint8Array.of(0x01, 0x00, 0x5e, 0x00, 0x00, 0x12),
  6: Uint8Array.of(0x33, 0x33, 0x00, 0x00, 0x00, 0x12),
} as const satisfies Record<Family, Uint8Array>;
const IPV4_CHECKSUM_OFFSET = 10;

/** A packet to its group as an Ethernet frame; the checksum of an IPv4 header, which the kernel would fill, is filled here. */
export function multicastFrame(packet: Uint8Array, source: MacAddress): Uint8Array {
  const family = familyOfPacket(packet) ?? 4;
  const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + packet.length);
  frame.set(GROUPS[family], 0);
  frame.set(macAddressBytes(source), 6);
  putUint16(frame, 12, ETHERTYPES[family]);
  frame.set(packet, ETHERNET_HEADER_LENGTH);
  if (family === 4) {
    const header = frame.subarray(ETHERNET_HEADER_LENGTH, ETHERNET_HEADER_LENGTH + headerLengthOf(packet));
    putUint16(header, IPV4_CHECKSUM_OFFSET, 0);
    putUint16(header, IPV4_CHECKSUM_OFFSET, internetChecksum(header, 0));
  }
  return frame;
}
