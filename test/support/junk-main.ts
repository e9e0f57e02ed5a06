/**
 * An ill-meaning neighbour: floods the LAN with VRRP packets of the highest priority, each wrong in one way that the receive ladder knows.
 * Bounded in number and rate; runs inside a test host's namespace.
 *
 *     node junk-main.js INTERFACE-INDEX ETHERNET-ADDRESS PACKETS
 */

import { putUint16, uint16At } from '../../src/lib/bytes.ts';
import { parseIpAddress } from '../../src/lib/ip-address.ts';
import { macAddressBytes, parseMacAddress } from '../../src/lib/mac-address.ts';
import { seconds } from '../../src/lib/time.ts';
import { openPacketSocket } from '../../src/native/packet-socket.ts';

import type { Parameters } from '../../src/vrrp/parameters.ts';
import { USUAL_ANNOUNCING } from '../../src/vrrp/timing.ts';
import { encodePacket } from '../vrrp/support.ts';

const ETHERNET_HEADER = 14;
const IPV4_HEADER = 20;
const VRRP_GROUP_MAC = [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12];
const ETHERTYPE_IPV4 = 0x0800;
const PER_TICK = 20;
const MOST_PACKETS = 100_000;

const [index = '0', mac = '', packets = '0'] = process.argv.slice(2);
const sender = parseMacAddress(mac);
const source = parseIpAddress('198.18.51.66');
const vip = parseIpAddress('198.18.51.100');
if (sender === undefined || source === undefined || vip === undefined)
  throw new Error(`no Ethernet address: ${mac}`);

const PARAMETERS: Parameters = {
  version: 3,
  vrid: 51,
  addresses: [vip],
  primaryAddress: source,
  priority: 254,
  advertisementInterval: seconds(1),
  preempt: true,
  preemptDelay: seconds(0),
  joint: false,
  announcing: USUAL_ANNOUNCING,
  timing: 'fast',
  unicast: undefined,
  checksum: 'pseudo-header',
  authentication: { type: 'none' },
};

type Damage = (packet: Uint8Array) => Uint8Array;

/** Sets one octet of the IP header, or beyond it of the VRRP message. */
const octet =
  (offset: number, value: number): Damage =>
  packet => {
    packet[offset] = value;
    return packet;
  };

const DAMAGES: readonly Damage[] = [
  octet(8, 254),
  octet(IPV4_HEADER, 0x71),
  octet(IPV4_HEADER, 0x35),
  octet(IPV4_HEADER + 1, 52),
  octet(IPV4_HEADER + 3, 0),
  octet(IPV4_HEADER + 3, 200),
  octet(IPV4_HEADER + 6, 0xaa),
  packet => packet.subarray(0, IPV4_HEADER + 5),
  packet => packet.subarray(0, IPV4_HEADER),
];

/** The Ethernet frame around an IPv4 packet whose header is made right again, or the kernel would drop it unseen. */
function frame(packet: Uint8Array, from: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER + packet.length);
  bytes.set(VRRP_GROUP_MAC, 0);
  bytes.set(from, 6);
  putUint16(bytes, 12, ETHERTYPE_IPV4);
  bytes.set(packet, ETHERNET_HEADER);
  const ip = bytes.subarray(ETHERNET_HEADER);
  putUint16(ip, 2, packet.length);
  putUint16(ip, 10, 0);
  let sum = 0;
  for (let at = 0; at < IPV4_HEADER; at += 2) sum += uint16At(ip, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  putUint16(ip, 10, ~sum & 0xffff);
  return bytes;
}

const frames = DAMAGES.map(damage => frame(damage(encodePacket(PARAMETERS, 254)), macAddressBytes(sender)));
const socket = openPacketSocket(Number(index));
const wanted = Math.min(Number(packets), MOST_PACKETS);
let sent = 0;
const timer = setInterval(() => {
  for (let i = 0; i < PER_TICK && sent < wanted; i += 1) {
    const next = frames[sent % frames.length];
    if (next !== undefined) socket.send(next);
    sent += 1;
  }
  if (sent < wanted) return;
  clearInterval(timer);
  socket.close();
  process.stdout.write(`${sent}\n`);
}, 1);
