/**
 * Whether this host's packet filter lets an IP protocol out and in again: a packet to the VRRP group is sent, and heard on a
 * second socket of the same interface. The kernel hands a group's packet to the members on the sending host itself; on this way
 * it passes the output and postrouting hooks, then ingress, prerouting and input, as a neighbour's would (ip(7), IP_MULTICAST_LOOP).
 *
 * It disturbs nobody. Its TTL (hop limit) is 0, and "multicasts with ttl 0 must not go beyond the host" (ip_mc_output;
 * ip6_finish_output2 does the same): no cable sees it. A
 * VRRP implementation beside on this host drops it by its first rule, since a TTL that is not 255 MUST be discarded (RFC 9568
 * §7.1, RFC 3768 §7.1), and again because the VRID 0, the version 0 and the type 0 exist nowhere. For the Authentication Header
 * it is a packet with the reserved SPI 0 (RFC 4302 §2.4), which belongs to no security association.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { putUint16 } from '../lib/bytes.ts';
import type { OperatingError } from '../lib/errors.ts';
import { addressBytes, type Family, familyOf, type IpAddress } from '../lib/ip-address.ts';
import { DROP_EVERYTHING } from './bpf.ts';
import { openRawSocket, type RawSocket } from './raw-socket.ts';

export interface LoopProbeOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  /** An address of the interface; its family is that of the packet. */
  readonly source: IpAddress;
  /** 112 or, over IPv4, 51. */
  readonly protocol: number;
}

/** `heard`: it came back. `refused`: the kernel did not let it out. `lost`: it was sent and not heard. */
export type LoopOutcome = 'heard' | 'refused' | 'lost';

const IPPROTO_RAW = 255;
const VRRP_GROUPS = {
  4: '224.0.0.18' as IpAddress,
  6: 'ff02::12' as IpAddress,
} as const satisfies Record<Family, IpAddress>;
/** Zeros where VRRP has version, type, VRID and priority, and where AH has its SPI; then what tells our packets from others'. */
const ZERO_BYTES = 8;
const NONCE_BYTES = 8;
const ATTEMPTS = 3;
/** The kernel takes microseconds. */
const ATTEMPT_MS = 100;

/**
 * Takes a few hundred milliseconds at most. Throws OperatingError: `EPERM` without the capability NET_RAW, `ENETDOWN` or `ENODEV`
 * as the interface is.
 */
export async function probeLoop(options: LoopProbeOptions): Promise<LoopOutcome> {
  const context = { interface: options.interfaceName, protocol: options.protocol };
  const family = familyOf(options.source);
  const opened: RawSocket[] = [];
  const open = (protocol: number): RawSocket => {
    const socket = openRawSocket(protocol, context, family);
    opened.push(socket);
    socket.bindToDevice(options.interfaceName);
    return socket;
  };
  try {
    const receiver = open(options.protocol);
    // The member comes first: without one on the interface a packet of TTL 0 would leave it.
    receiver.joinGroup(VRRP_GROUPS[family], options.interfaceIndex);
    const sender = open(IPPROTO_RAW);
    sender.attachFilter(DROP_EVERYTHING);
    sender.stopReceiving();
    sender.sendGroupsFrom(options.interfaceIndex, true);
    return await exchange(sender, receiver, options);
  } finally {
    for (const socket of opened) socket.close();
  }
}

async function exchange(
  sender: RawSocket,
  receiver: RawSocket,
  { source, protocol }: LoopProbeOptions,
): Promise<LoopOutcome> {
  const nonce = randomBytes(NONCE_BYTES);
  const arrived = new AbortController();
  receiver.onPacket(packet => {
    if (nonce.equals(packet.subarray(-NONCE_BYTES))) arrived.abort();
  });
  for (let attempt = 0; attempt < ATTEMPTS && !arrived.signal.aborted; attempt++) {
    const error = await send(sender, probePacket(source, protocol, nonce), VRRP_GROUPS[familyOf(source)]);
    if (error?.code === 'EPERM') return 'refused';
    if (error !== undefined) throw error;
    await pause(ATTEMPT_MS, undefined, { signal: arrived.signal }).catch(() => undefined);
  }
  return arrived.signal.aborted ? 'heard' : 'lost';
}

function send(socket: RawSocket, packet: Uint8Array, group: IpAddress): Promise<OperatingError | undefined> {
  return new Promise(resolve => socket.send(packet, group, resolve));
}

/** TTL and hop limit are 0 where nothing is written. */
function probePacket(source: IpAddress, protocol: number, nonce: Uint8Array): Uint8Array {
  const isIpv4 = familyOf(source) === 4;
  const payloadBytes = ZERO_BYTES + NONCE_BYTES;
  const headerBytes = isIpv4 ? 20 : 40;
  const packet = new Uint8Array(headerBytes + payloadBytes);
  packet[0] = isIpv4 ? 0x45 : 0x60;
  if (isIpv4) putUint16(packet, 2, packet.length);
  else putUint16(packet, 4, payloadBytes);
  packet[isIpv4 ? 9 : 6] = protocol;
  packet.set(addressBytes(source), isIpv4 ? 12 : 8);
  packet.set(addressBytes(VRRP_GROUPS[familyOf(source)]), isIpv4 ? 16 : 24);
  packet.set(nonce, headerBytes + ZERO_BYTES);
  return packet;
}
