/**
 * Whether this host's packet filter lets an IP protocol out and in again: a packet to the VRRP group is sent, and heard on a
 * second socket of the same interface. The kernel hands a group's packet to the members on the sending host itself; on this way
 * it passes the output and postrouting hooks, then ingress, prerouting and input, as a neighbour's would (ip(7), IP_MULTICAST_LOOP).
 *
 * It disturbs nobody. Its TTL is 0, and "multicasts with ttl 0 must not go beyond the host" (ip_mc_output): no cable sees it. A
 * VRRP implementation beside on this host drops it by its first rule, since a TTL that is not 255 MUST be discarded (RFC 9568
 * §7.1, RFC 3768 §7.1), and again because the VRID 0, the version 0 and the type 0 exist nowhere. For the Authentication Header
 * it is a packet with the reserved SPI 0 (RFC 4302 §2.4), which belongs to no security association.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { putUint16, putUint32 } from '../lib/bytes.ts';
import type { OperatingError } from '../lib/errors.ts';
import { type IpAddress, toUint32 } from '../lib/ip-address.ts';
import { DROP_EVERYTHING } from './advert-filter.ts';
import { openRawSocket, type RawSocket } from './raw-socket.ts';

export interface LoopProbeOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  /** An address of the interface. */
  readonly source: IpAddress;
  /** 112 or 51. */
  readonly protocol: number;
}

/** `heard`: it came back. `refused`: the kernel did not let it out. `lost`: it was sent and not heard. */
export type LoopOutcome = 'heard' | 'refused' | 'lost';

const IPPROTO_RAW = 255;
const VRRP_GROUP = '224.0.0.18' as IpAddress;
const HEADER_BYTES = 20;
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
  const opened: RawSocket[] = [];
  const open = (protocol: number): RawSocket => {
    const socket = openRawSocket(protocol, context);
    opened.push(socket);
    socket.bindToDevice(options.interfaceName);
    return socket;
  };
  try {
    const receiver = open(options.protocol);
    // The member comes first: without one on the interface a packet of TTL 0 would leave it.
    receiver.joinGroup(VRRP_GROUP, options.interfaceIndex);
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
    const error = await send(sender, probePacket(source, protocol, nonce));
    if (error?.code === 'EPERM') return 'refused';
    if (error !== undefined) throw error;
    await pause(ATTEMPT_MS, undefined, { signal: arrived.signal }).catch(() => undefined);
  }
  return arrived.signal.aborted ? 'heard' : 'lost';
}

function send(socket: RawSocket, packet: Uint8Array): Promise<OperatingError | undefined> {
  return new Promise(resolve => socket.send(packet, VRRP_GROUP, resolve));
}

/** TTL 0 is what the octet at 8 has already. */
function probePacket(source: IpAddress, protocol: number, nonce: Uint8Array): Uint8Array {
  const packet = new Uint8Array(HEADER_BYTES + ZERO_BYTES + NONCE_BYTES);
  packet[0] = 0x45;
  putUint16(packet, 2, packet.length);
  packet[9] = protocol;
  putUint32(packet, 12, toUint32(source));
  putUint32(packet, 16, toUint32(VRRP_GROUP));
  packet.set(nonce, HEADER_BYTES + ZERO_BYTES);
  return packet;
}
