/**
 * Hears every frame of one interface that a kernel filter lets through, sent ones too: packet(7), AF_PACKET with ETH_P_ALL. It asks the
 * interface for the frames of some multicast addresses, and sends nothing. What to let through and what it means is decided elsewhere.
 */

import { OperatingError } from '../lib/errors.ts';
import {
  bindSocket,
  closeDescriptor,
  type FileDescriptor,
  getSocketOption,
  openSocket,
  receiveOn,
  SOCK_RAW,
  setSocketOption,
} from './libc.ts';
import { watchReadable } from './readable.ts';
import { socketFilterOption } from './socket-filter.ts';

const AF_PACKET = 17;
const ETH_P_ALL = 0x0003;
const SOCKADDR_LL_BYTES = 20;
const PROTOCOL_OFFSET = 2;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_STATISTICS = 6;
const PACKET_MR_MULTICAST = 0;
/** struct tpacket_stats: packets, then drops, since it was read last. */
const STATISTICS_BYTES = 8;
/** struct packet_mreq: interface index, type, length of the address, eight octets of it. */
const MEMBERSHIP_BYTES = 16;
/** More than any interface sends in one; a longer frame is left out. */
const LARGEST_FRAME_BYTES = 65_600;
/** Frames read in one turn of the event loop; what remains wakes the next. */
const FRAMES_PER_TURN = 64;

export interface PacketCapture {
  /** Frames that came too fast, so far. */
  missed(): number;
  close(): void;
}

export interface PacketCaptureOptions {
  readonly interfaceIndex: number;
  /** struct sock_filter in host order. */
  readonly filter: Uint8Array;
  /** Ethernet addresses of groups. */
  readonly groups: readonly Uint8Array[];
  /** A frame with its link-layer header; valid during the call only. */
  readonly onFrame: (frame: Uint8Array) => void;
  /** Nothing comes after it: `ENETDOWN` when the interface went down. */
  readonly onError: (error: OperatingError) => void;
}

/** Keeps the process alive while it is open. Throws OperatingError: `EPERM` without the capability NET_RAW, `ENODEV`. */
export function openPacketCapture(options: PacketCaptureOptions): PacketCapture {
  const fd = openFiltered(options);
  let open = true;
  let missed = 0;
  const close = (): void => {
    if (!open) return;
    missed += dropsOf(fd);
    open = false;
    watch.close();
    closeDescriptor(fd);
  };
  const drain = (): void => {
    try {
      readFrames(fd, options.onFrame);
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      if (thrown.code === 'EMSGSIZE') return;
      close();
      options.onError(thrown);
    }
  };
  const watch = watchReadable(fd, drain, { keepsAlive: true });
  return {
    missed() {
      if (open) missed += dropsOf(fd);
      return missed;
    },
    close,
  };
}

/** Protocol 0 hears nothing until bind(2) names interface and protocol: no frame slips in before the filter is there. */
function openFiltered({ interfaceIndex, filter, groups }: PacketCaptureOptions): FileDescriptor {
  const action = `listen on interface ${interfaceIndex}`;
  const fd = openSocket(AF_PACKET, SOCK_RAW, 0, action, 'it needs the capability NET_RAW');
  try {
    setSocketOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, socketFilterOption(filter), 'attach the filter');
    bindSocket(fd, everythingOn(interfaceIndex), action);
    for (const group of groups)
      setSocketOption(
        fd,
        SOL_PACKET,
        PACKET_ADD_MEMBERSHIP,
        membership(interfaceIndex, group),
        'hear a group',
      );
    return fd;
  } catch (thrown) {
    closeDescriptor(fd);
    throw thrown;
  }
}

function readFrames(fd: FileDescriptor, onFrame: (frame: Uint8Array) => void): void {
  const buffer = new Uint8Array(LARGEST_FRAME_BYTES);
  for (let frames = 0; frames < FRAMES_PER_TURN; frames++) {
    const length = receiveOn(fd, buffer);
    if (length === undefined) return;
    onFrame(buffer.subarray(0, length));
  }
}

function dropsOf(fd: FileDescriptor): number {
  const statistics = new Uint8Array(STATISTICS_BYTES);
  getSocketOption(fd, SOL_PACKET, PACKET_STATISTICS, statistics, 'read the statistics of a capture');
  return new Uint32Array(statistics.buffer)[1] ?? 0;
}

/** struct sockaddr_ll: family in host order, protocol in network order, interface index in host order. */
function everythingOn(interfaceIndex: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(SOCKADDR_LL_BYTES));
  new Uint16Array(bytes.buffer, 0, 1).set([AF_PACKET]);
  bytes.setUint16(PROTOCOL_OFFSET, ETH_P_ALL);
  new Int32Array(bytes.buffer, 4, 1).set([interfaceIndex]);
  return new Uint8Array(bytes.buffer);
}

function membership(interfaceIndex: number, group: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(MEMBERSHIP_BYTES);
  new Int32Array(bytes.buffer, 0, 1).set([interfaceIndex]);
  new Uint16Array(bytes.buffer, 4, 2).set([PACKET_MR_MULTICAST, group.length]);
  bytes.set(group, 8);
  return bytes;
}
