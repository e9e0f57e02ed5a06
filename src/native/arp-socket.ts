/**
 * Sends Ethernet frames from one interface and hears the ARP that arrives there: packet(7), AF_PACKET bound to the protocol
 * ETH_P_ARP. For asking who has an address; what to ask and what an answer means is decided elsewhere.
 */

import { OperatingError } from '../lib/errors.ts';
import {
  bindSocket,
  closeDescriptor,
  type FileDescriptor,
  openSocket,
  receiveOn,
  SOCK_RAW,
  sendOn,
} from './libc.ts';
import { watchReadable } from './readable.ts';

const AF_PACKET = 17;
const ETH_P_ARP = 0x0806;
const SOCKADDR_LL_BYTES = 20;
const PROTOCOL_OFFSET = 2;
/** An ARP frame has 42 octets, padding on the wire makes it 60. */
const LARGEST_FRAME_BYTES = 2_048;
/** Frames read in one turn of the event loop; what remains wakes the next. */
const FRAMES_PER_TURN = 64;

export interface ArpSocket {
  /** Throws OperatingError: `ENETDOWN` while the interface is down, `ENXIO` once it is deleted. */
  send(frame: Uint8Array): void;
  close(): void;
}

export interface ArpSocketOptions {
  readonly interfaceIndex: number;
  /** A frame, Ethernet header first; valid during the call only. */
  readonly onFrame: (frame: Uint8Array) => void;
  readonly onError: (error: OperatingError) => void;
}

/** An open one does not keep the process alive. Throws OperatingError: `EPERM` without the capability NET_RAW, `ENODEV`. */
export function openArpSocket({ interfaceIndex, onFrame, onError }: ArpSocketOptions): ArpSocket {
  const action = `listen to ARP on interface ${interfaceIndex}`;
  // Protocol 0 hears nothing until bind(2) names interface and protocol: no frame of another interface slips in before.
  const fd = openSocket(AF_PACKET, SOCK_RAW, 0, action, 'it needs the capability NET_RAW');
  try {
    bindSocket(fd, arpOn(interfaceIndex), action);
  } catch (thrown) {
    closeDescriptor(fd);
    throw thrown;
  }
  let open = true;
  const drain = (): void => {
    try {
      readFrames(fd, onFrame);
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      onError(thrown);
    }
  };
  const watch = watchReadable(fd, drain);
  return {
    send(frame) {
      if (open) sendOn(fd, frame, `send a frame on interface ${interfaceIndex}`);
    },
    close() {
      if (!open) return;
      open = false;
      watch.close();
      closeDescriptor(fd);
    },
  };
}

function readFrames(fd: FileDescriptor, onFrame: (frame: Uint8Array) => void): void {
  const buffer = new Uint8Array(LARGEST_FRAME_BYTES);
  for (let frames = 0; frames < FRAMES_PER_TURN; frames++) {
    const length = receiveOn(fd, buffer);
    if (length === undefined) return;
    onFrame(buffer.subarray(0, length));
  }
}

/** struct sockaddr_ll: family in host order, protocol in network order, interface index in host order. */
function arpOn(interfaceIndex: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(SOCKADDR_LL_BYTES));
  new Uint16Array(bytes.buffer, 0, 1).set([AF_PACKET]);
  bytes.setUint16(PROTOCOL_OFFSET, ETH_P_ARP);
  new Int32Array(bytes.buffer, 4, 1).set([interfaceIndex]);
  return new Uint8Array(bytes.buffer);
}
