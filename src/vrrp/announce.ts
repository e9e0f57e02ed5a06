/** The gratuitous ARP that tells a link where a virtual address lives now (RFC 9568 §6.4.2, RFC 5227 §3, RFC 826). */

import { putUint16, putUint32 } from '../lib/bytes.ts';
import { type IpAddress, toUint32 } from '../lib/ip-address.ts';
import { type MacAddress, macAddressBytes } from '../lib/mac-address.ts';

const BROADCAST = new Uint8Array(6).fill(0xff);
const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV4 = 0x0800;
const HARDWARE_ETHERNET = 1;
const OPERATION_REQUEST = 1;

/**
 * An Ethernet frame of 42 octets: an ARP request, sender and target both the virtual address, to everyone. A request
 * rather than a reply, because every stack updates its cache from it (RFC 5227 §3).
 */
export function gratuitousArp(address: IpAddress, sender: MacAddress): Uint8Array {
  const frame = new Uint8Array(42);
  const mac = macAddressBytes(sender);
  frame.set(BROADCAST, 0);
  frame.set(mac, 6);
  putUint16(frame, 12, ETHERTYPE_ARP);
  putUint16(frame, 14, HARDWARE_ETHERNET);
  putUint16(frame, 16, ETHERTYPE_IPV4);
  frame[18] = mac.length;
  frame[19] = 4;
  putUint16(frame, 20, OPERATION_REQUEST);
  frame.set(mac, 22);
  putUint32(frame, 28, toUint32(address));
  frame.set(BROADCAST, 32);
  putUint32(frame, 38, toUint32(address));
  return frame;
}
