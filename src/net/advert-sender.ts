/**
 * Sends ready-made IP packets, VRRP adverts, from one interface: raw sockets of protocol IPPROTO_RAW, raw(7) and ipv6(7), whose
 * IP header is the caller's own; in IPv4's the kernel fills in the checksum, and the identification where it is 0. They never
 * receive, so that nothing that arrives can delay an advert, and their packets are not looped back to this host. What goes to one
 * address is routed, by this interface: a peer may live behind a gateway.
 */

import { OperatingError } from '../lib/errors.ts';
import { addressFrom, type Family, type IpAddress } from '../lib/ip-address.ts';
import { DROP_EVERYTHING } from './bpf.ts';
import { openRawSocket, type RawSocket } from './raw-socket.ts';

const IPPROTO_RAW = 255;
/** Where the destination stands, at the end of a header without options or extension headers. */
const DESTINATION = { 4: { start: 16, end: 20 }, 6: { start: 24, end: 40 } } as const;
/** Four rounds of 255 routers. A queue that long means that the kernel takes nothing: newer news is worth more. */
const QUEUE_LIMIT = 1024;

export interface AdvertSenderOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  /** Those that will be sent in. */
  readonly families: ReadonlySet<Family>;
}

export interface AdvertSender {
  /**
   * Queues one packet, IP header first, for the destination in its header. `done` comes exactly once, after this call
   * has returned; until then the bytes must not change. Errors: `ENETDOWN`, `ENETUNREACH` or `ENODEV` as the interface
   * is, `EHOSTUNREACH` or `ENETUNREACH` without a route, `ENOBUFS` when the queue is full, `EINVAL` for less than an IP header of
   * the families, `ECANCELED` when closed before it was sent.
   */
  send(packet: Uint8Array, done: (error?: OperatingError) => void): void;
  close(): void;
}

/**
 * Throws OperatingError: `EPERM` without the capability NET_RAW, `ENODEV` for an unknown interface, `EAFNOSUPPORT` for IPv6 in a
 * kernel without it.
 */
export function openAdvertSender(options: AdvertSenderOptions): AdvertSender {
  const context = { interface: options.interfaceName };
  const sockets = openSockets(options);
  const waiting = new Set<(error?: OperatingError) => void>();
  let open = true;
  const refuse = (code: string, reason: string, done: (error: OperatingError) => void): void => {
    setImmediate(done, new OperatingError(code, `advert not sent: ${reason}`, context));
  };
  return {
    send(packet, done) {
      if (!open) return refuse('ECANCELED', 'the sender is closed', done);
      const family = familyOf(packet);
      const socket = family && sockets.get(family);
      if (family === undefined || socket === undefined)
        return refuse('EINVAL', 'no whole IP header of a family that is sent here', done);
      if (waiting.size >= QUEUE_LIMIT) return refuse('ENOBUFS', `${QUEUE_LIMIT} packets are waiting`, done);
      const settle = (error?: OperatingError): void => {
        if (waiting.delete(settle)) done(...(error === undefined ? [] : [error]));
      };
      waiting.add(settle);
      socket.send(packet, destinationOf(packet, family), settle);
    },
    close() {
      open = false;
      for (const socket of sockets.values()) socket.close();
      for (const settle of waiting) refuse('ECANCELED', 'the sender was closed', settle);
    },
  };
}

function openSockets({
  interfaceName,
  interfaceIndex,
  families,
}: AdvertSenderOptions): Map<Family, RawSocket> {
  const sockets = new Map<Family, RawSocket>();
  try {
    for (const family of families) {
      const socket = openRawSocket(IPPROTO_RAW, { interface: interfaceName }, family);
      sockets.set(family, socket);
      socket.attachFilter(DROP_EVERYTHING);
      socket.stopReceiving();
      socket.bindToDevice(interfaceName);
      socket.sendGroupsFrom(interfaceIndex, false);
    }
    return sockets;
  } catch (thrown) {
    for (const socket of sockets.values()) socket.close();
    throw thrown;
  }
}

/** Undefined for less than a header. */
function familyOf(packet: Uint8Array): Family | undefined {
  const version = (packet[0] ?? 0) >>> 4;
  return (version === 4 || version === 6) && packet.length >= DESTINATION[version].end ? version : undefined;
}

function destinationOf(packet: Uint8Array, family: Family): IpAddress {
  return addressFrom(packet.subarray(DESTINATION[family].start, DESTINATION[family].end));
}
