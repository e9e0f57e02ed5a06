/**
 * Receives VRRP packets of one interface: a raw socket of protocol 112, or 51 for those in an authentication header (RFC 2402),
 * member of 224.0.0.18 (RFC 9568 §5.1.1.2), bound to the interface, with a kernel filter. It only receives: on a socket that
 * also sends, a flood would starve the adverts. It judges nothing: every packet is for the receive ladder.
 */

import type { OperatingError } from '../lib/errors.ts';
import type { IpAddress } from '../lib/ip-address.ts';
import { advertFilter } from './advert-filter.ts';
import { openRawSocket, type RawSocket } from './raw-socket.ts';

const IPPROTO_AH = 51;
const IPPROTO_VRRP = 112;
const VRRP_GROUP = '224.0.0.18' as IpAddress;
/** Some 400 packets as the kernel counts them (per-packet overhead included): 255 routers' adverts and a stall. */
const RECEIVE_BUFFER_BYTES = 256 * 1024;

export interface AdvertReceiverOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  /** The VRIDs to receive, 1 to 255 each. */
  readonly vrids: ReadonlySet<number>;
  /** Receives advertisements in authentication headers instead of bare ones; a socket hears one IP protocol. */
  readonly headed?: boolean;
  /** Gets the packet from the IP header on. The bytes are valid during the call only: copy what must stay. */
  readonly onPacket: (packet: Uint8Array) => void;
  readonly onError: (error: OperatingError) => void;
}

export interface AdvertReceiver {
  /**
   * Hands over what the kernel holds at this moment, without yielding to the event loop, at most `limit` packets, and
   * says how many. A runner whose timer has fired late asks this first: receive before expiry.
   */
  drain(limit: number): number;
  close(): void;
}

/**
 * Opens the receiver; it serves this interface index only, and a deleted and re-created interface needs a new one.
 * Throws OperatingError: `EPERM` without the capability NET_RAW, `ENODEV` for an unknown interface.
 */
export function openAdvertReceiver(options: AdvertReceiverOptions): AdvertReceiver {
  const { interfaceName, interfaceIndex, vrids, headed = false } = options;
  const socket = openRawSocket(headed ? IPPROTO_AH : IPPROTO_VRRP, { interface: interfaceName });
  try {
    socket.attachFilter(advertFilter(vrids, headed));
    socket.bindToDevice(interfaceName);
    socket.setReceiveBuffer(RECEIVE_BUFFER_BYTES);
    socket.joinGroup(VRRP_GROUP, interfaceIndex);
  } catch (thrown) {
    socket.close();
    throw thrown;
  }
  socket.onPacket(options.onPacket);
  socket.onError(options.onError);
  return { drain: limit => drain(socket, limit), close: () => socket.close() };
}

function drain(socket: RawSocket, limit: number): number {
  let received = 0;
  while (received < limit && socket.receiveNow()) received += 1;
  return received;
}
