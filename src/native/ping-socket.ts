/**
 * Sends ICMP echo requests to one address and tells the replies: icmp(7), RFC 792. It takes the ping socket, which needs no
 * capability where net.ipv4.ping_group_range allows it (Docker's own default), else a raw socket, which needs NET_RAW.
 *
 * Both are connected, so that the kernel drops what others send. Nothing here blocks, counts or judges.
 */

import { OperatingError } from '../lib/errors.ts';
import { type IpAddress, toUint32 } from '../lib/ip-address.ts';
import {
  closeDescriptor,
  connectSocket,
  type FileDescriptor,
  openSocket,
  receiveOn,
  SOCK_DGRAM,
  SOCK_RAW,
  sendOn,
  setSocketOption,
} from './libc.ts';
import { watchReadable } from './readable.ts';

const AF_INET = 2;
const IPPROTO_ICMP = 1;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
const HEADER_BYTES = 8;
/** As ping(8) sends: some middleboxes drop echo requests without content. */
const CONTENT_BYTES = 56;
const SOCKADDR_IN_BYTES = 16;
const LARGEST_PACKET_BYTES = 4096;
/** Packets read in one turn of the event loop; what remains wakes the next. */
const PACKETS_PER_TURN = 64;

export interface PingSocket {
  /** Sends a request; `sequence` is 0 to 65535. Throws OperatingError: `ENETUNREACH`, `EPERM` where a firewall forbids it. */
  send(sequence: number): void;
  close(): void;
}

export interface PingSocketOptions {
  readonly address: IpAddress;
  /** Tells this socket's replies from those of others on this host: 0 to 65535. */
  readonly identifier: number;
  readonly onReply: (sequence: number) => void;
  /** The network says that the address cannot be reached; replies may still come. */
  readonly onError: (error: OperatingError) => void;
}

/** An open one does not keep the process alive. Throws OperatingError: `EPERM` without permission, `ENETUNREACH` without a route. */
export function openPingSocket(options: PingSocketOptions): PingSocket {
  const { address } = options;
  const { fd, raw } = openEither();
  try {
    if (raw) setSocketOption(fd, SOL_RAW, ICMP_FILTER, onlyReplies(), 'filter echo replies');
    connectSocket(fd, socketAddress(address), `reach ${address}`);
  } catch (thrown) {
    closeDescriptor(fd);
    throw thrown;
  }
  return pingSocket(fd, raw, options);
}

/** A ping socket where the kernel allows it to this group, else a raw one. */
function openEither(): { readonly fd: FileDescriptor; readonly raw: boolean } {
  const action = 'open a socket for echo requests';
  try {
    return { fd: openSocket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, action), raw: false };
  } catch (thrown) {
    if (!(thrown instanceof OperatingError && REFUSALS.includes(thrown.code))) throw thrown;
  }
  const hint = 'it needs the capability NET_RAW, or the sysctl net.ipv4.ping_group_range';
  return { fd: openSocket(AF_INET, SOCK_RAW, IPPROTO_ICMP, action, hint), raw: true };
}

const REFUSALS: readonly string[] = ['EACCES', 'EPERM', 'EPROTONOSUPPORT'];

function pingSocket(fd: FileDescriptor, raw: boolean, options: PingSocketOptions): PingSocket {
  const { address, identifier, onReply, onError } = options;
  const buffer = new Uint8Array(LARGEST_PACKET_BYTES);
  let open = true;
  const drain = (): void => {
    for (let packets = 0; open && packets < PACKETS_PER_TURN; packets++) {
      const length = receiveOn(fd, buffer);
      if (length === undefined) return;
      const sequence = readReply(buffer.subarray(0, length), raw ? identifier : undefined);
      if (sequence !== undefined) onReply(sequence);
    }
  };
  const watch = watchReadable(fd, () => {
    try {
      drain();
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      onError(thrown);
    }
  });
  return {
    send(sequence) {
      if (open) sendOn(fd, echoRequest(identifier, sequence), `send an echo request to ${address}`);
    },
    close() {
      if (!open) return;
      open = false;
      watch.close();
      closeDescriptor(fd);
    },
  };
}

/** The sequence number of a reply. A raw socket has the IP header first and hears the replies to others, a ping socket neither. */
function readReply(packet: Uint8Array, identifier: number | undefined): number | undefined {
  const start = identifier === undefined ? 0 : ((packet[0] ?? 0) & 0x0f) * 4;
  if (packet.byteLength < start + HEADER_BYTES || packet[start] !== ECHO_REPLY) return undefined;
  const header = new DataView(packet.buffer, packet.byteOffset + start, HEADER_BYTES);
  const ours = identifier === undefined || header.getUint16(4) === identifier;
  return ours ? header.getUint16(6) : undefined;
}

/** RFC 792: type, code, checksum, identifier (which a ping socket replaces by its own), sequence number, data. */
function echoRequest(identifier: number, sequence: number): Uint8Array {
  const packet = new DataView(new ArrayBuffer(HEADER_BYTES + CONTENT_BYTES));
  packet.setUint8(0, ECHO_REQUEST);
  packet.setUint16(4, identifier);
  packet.setUint16(6, sequence);
  packet.setUint16(2, checksum(packet));
  return new Uint8Array(packet.buffer);
}

/** RFC 1071. */
function checksum(packet: DataView): number {
  let sum = 0;
  for (let at = 0; at < packet.byteLength; at += 2) sum += packet.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** struct icmp_filter: a bit set is a type that is dropped. */
function onlyReplies(): Uint8Array {
  return new Uint8Array(Uint32Array.of(~(1 << ECHO_REPLY)).buffer);
}

/** struct sockaddr_in: family in host order, port and address in network order. */
function socketAddress(address: IpAddress): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(SOCKADDR_IN_BYTES));
  new Uint16Array(bytes.buffer, 0, 1).set([AF_INET]);
  bytes.setUint32(4, toUint32(address));
  return new Uint8Array(bytes.buffer);
}
