/**
 * Sends ready-made IPv4 packets, VRRP adverts, from one interface: a raw socket of protocol IPPROTO_RAW, raw(7), whose
 * IP header is the caller's own; the kernel fills in the header checksum, and the identification where it is 0. It never
 * receives, so that nothing that arrives can delay an advert, and its packets are not looped back to this host.
 */

import { OperatingError } from '../lib/errors.ts';
import { fromUint32 } from '../lib/ip-address.ts';
import { DROP_EVERYTHING } from './advert-filter.ts';
import { openRawSocket } from './raw-socket.ts';

const IPPROTO_RAW = 255;
const IPV4_HEADER_BYTES = 20;
const DESTINATION_OFFSET = 16;
/** Four rounds of 255 routers. A queue that long means that the kernel takes nothing: newer news is worth more. */
const QUEUE_LIMIT = 1024;

export interface AdvertSenderOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
}

export interface AdvertSender {
  /**
   * Queues one packet, IP header first, for the destination in its header. `done` comes exactly once, after this call
   * has returned; until then the bytes must not change. Errors: `ENETDOWN`, `ENETUNREACH` or `ENODEV` as the interface
   * is, `ENOBUFS` when the queue is full, `EINVAL` for less than an IP header, `ECANCELED` when closed before it was sent.
   */
  send(packet: Uint8Array, done: (error?: OperatingError) => void): void;
  close(): void;
}

/** Throws OperatingError: `EPERM` without the capability NET_RAW, `ENODEV` for an unknown interface. */
export function openAdvertSender(options: AdvertSenderOptions): AdvertSender {
  const context = { interface: options.interfaceName };
  const socket = openRawSocket(IPPROTO_RAW, context);
  try {
    socket.attachFilter(DROP_EVERYTHING);
    socket.stopReceiving();
    socket.bindToDevice(options.interfaceName);
    socket.sendGroupsFrom(options.interfaceIndex, false);
  } catch (thrown) {
    socket.close();
    throw thrown;
  }
  const waiting = new Set<(error?: OperatingError) => void>();
  let open = true;
  const refuse = (code: string, reason: string, done: (error: OperatingError) => void): void => {
    setImmediate(done, new OperatingError(code, `advert not sent: ${reason}`, context));
  };
  return {
    send(packet, done) {
      if (!open) return refuse('ECANCELED', 'the sender is closed', done);
      if (packet.length < IPV4_HEADER_BYTES) return refuse('EINVAL', 'shorter than an IP header', done);
      if (waiting.size >= QUEUE_LIMIT) return refuse('ENOBUFS', `${QUEUE_LIMIT} packets are waiting`, done);
      const settle = (error?: OperatingError): void => {
        if (waiting.delete(settle)) done(...(error === undefined ? [] : [error]));
      };
      waiting.add(settle);
      socket.send(packet, destinationOf(packet), settle);
    },
    close() {
      open = false;
      socket.close();
      for (const settle of waiting) refuse('ECANCELED', 'the sender was closed', settle);
    },
  };
}

function destinationOf(packet: Uint8Array): ReturnType<typeof fromUint32> {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  return fromUint32(view.getUint32(DESTINATION_OFFSET));
}
