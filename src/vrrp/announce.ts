/**
 * ARP frames about a virtual address (RFC 826): the gratuitous one that tells a link where it lives now (RFC 9568 §6.4.2,
 * RFC 5227 §3), the probe that asks who has it (RFC 5227 §2.1.1), and who an ARP frame is from.
 */

import { putUint16, putUint32, uint16At, uint32At } from '../lib/bytes.ts';
import { fromUint32, type IpAddress, toUint32 } from '../lib/ip-address.ts';
import { type MacAddress, macAddressBytes, macAddressOf } from '../lib/mac-address.ts';

const BROADCAST = new Uint8Array(6).fill(0xff);
const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV4 = 0x0800;
const HARDWARE_ETHERNET = 1;
const OPERATION_REQUEST = 1;

const FRAME_BYTES = 42;
const SENDER_MAC_OFFSET = 22;
const SENDER_ADDRESS_OFFSET = 28;

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
