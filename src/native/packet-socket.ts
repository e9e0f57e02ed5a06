/**
 * Sends whole Ethernet frames from one interface: packet(7), AF_PACKET with SOCK_RAW. Protocol 0 means that it never
 * receives. Sending is one non-blocking system call, a few µs.
 */

import { OperatingError } from '../lib/errors.ts';
import { bindSocket, closeDescriptor, type FileDescriptor, openSocket, SOCK_RAW, sendOn } from './libc.ts';

const AF_PACKET = 17;
const PROTOCOL_NONE = 0;
const SOCKADDR_LL_BYTES = 20;
const NO_DESCRIPTOR = -1;

export interface PacketSocket {
  /**
   * Puts one frame, Ethernet header first, on the interface's queue. The bytes are copied before it returns.
   * Throws OperatingError: `ENETDOWN` while the interface is down, `ENXIO` once it is deleted, `EINVAL` for a frame
   * shorter than its header, `EMSGSIZE` beyond the MTU, `EAGAIN` or `ENOBUFS` when the queue is full.
   */
  send(frame: Uint8Array): void;
  close(): void;
}

/** Throws OperatingError: `EPERM` without the capability NET_RAW, `ENODEV` when no interface has that index. */
export function openPacketSocket(interfaceIndex: number): PacketSocket {
  const action = `open a packet socket on interface ${interfaceIndex}`;
  const fd = openSocket(AF_PACKET, SOCK_RAW, PROTOCOL_NONE, action, 'it needs the capability NET_RAW');
  try {
    bindSocket(fd, linkLayerAddress(interfaceIndex), action);
  } catch (thrown) {
    closeDescriptor(fd);
    throw thrown;
  }
  warmUp();
  return packetSocket(fd, `send a frame on interface ${interfaceIndex}`);
}

function packetSocket(fd: FileDescriptor, action: string): PacketSocket {
  let open = true;
  return {
    send(frame) {
      if (!open)
        throw new OperatingError('EBADF', `cannot ${action}: the packet socket is closed`, { action });
      sendOn(fd, frame, action);
    },
    close() {
      if (open) closeDescriptor(fd);
      open = false;
    },
  };
}

/** struct sockaddr_ll: family, protocol, interface index in host order; the rest is only for receiving. */
function linkLayerAddress(interfaceIndex: number): Uint8Array {
  const bytes = new ArrayBuffer(SOCKADDR_LL_BYTES);
  new Uint16Array(bytes, 0, 2).set([AF_PACKET, PROTOCOL_NONE]);
  new Int32Array(bytes, 4, 1).set([interfaceIndex]);
  return new Uint8Array(bytes);
}

/** The first foreign call costs milliseconds; a takeover's gratuitous ARP must not be the one that pays. Sends nothing. */
function warmUp(): void {
  try {
    sendOn(NO_DESCRIPTOR, new Uint8Array(1), 'warm up');
  } catch (thrown) {
    if (!(thrown instanceof OperatingError && thrown.code === 'EBADF')) throw thrown;
  }
}
