/**
 * IPv4 raw sockets, raw(7) and ip(7), through the npm package raw-socket, which is imported here alone. What this file
 * adds are types, errno names, and three things the package leaves open: an unreferenced socket is garbage-collected in
 * spite of its listeners, child processes inherit the descriptor, and an exception of a listener poses as the socket's.
 */

import raw from 'raw-socket';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { type IpAddress, toUint32 } from '../lib/ip-address.ts';
import type { LogFields } from '../lib/logger.ts';
import { errnoNameOfText, markCloseOnExec } from '../native/libc.ts';
import { socketFilterOption } from '../native/socket-filter.ts';
import { type BpfInstruction, encodeBpf } from './advert-filter.ts';

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_ATTACH_FILTER = 26;
const IPPROTO_IP = 0;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;
const IP_MULTICAST_ALL = 49;
const IP_MREQN_BYTES = 12;

/** More than any VRRP packet: 60 bytes of IP header, 255 addresses, authentication. What is longer arrives cut. */
const LARGEST_PACKET_BYTES = 4096;

// The reference that keeps the garbage collector away, whatever the caller does with the handle.
const openSockets = new Set<unknown>();

/** An open raw socket. Everything that can fail throws OperatingError with the errno's name as code. */
export interface RawSocket {
  attachFilter(program: readonly BpfInstruction[]): void;
  bindToDevice(interfaceName: string): void;
  joinGroup(group: IpAddress, interfaceIndex: number): void;
  /** Sends to groups leave by this interface; `loop`: members on this host hear them too. */
  sendGroupsFrom(interfaceIndex: number, loop: boolean): void;
  /** SO_RCVBUF in bytes; the kernel doubles it and caps it at net.core.rmem_max. */
  setReceiveBuffer(bytes: number): void;
  /** From here on the socket neither reads nor wakes the event loop. */
  stopReceiving(): void;
  /** Sets the listener of all packets. A packet is a view of a buffer that is used again after the call. */
  onPacket(listener: (packet: Uint8Array) => void): void;
  onError(listener: (error: OperatingError) => void): void;
  /** Hands one waiting packet to the listener without waiting for the event loop; false when there is none. */
  receiveNow(): boolean;
  /** Sends when the socket is next writable. `done` comes once, after this call; do not alter the bytes before it. */
  send(packet: Uint8Array, destination: IpAddress, done: (error?: OperatingError) => void): void;
  close(): void;
}

type PackageSocket = ReturnType<typeof raw.createSocket>;

/**
 * Opens a raw socket of an IP protocol; `context` goes into its errors.
 * Throws OperatingError: `EPERM` without the capability NET_RAW.
 */
export function openRawSocket(protocol: number, context: LogFields): RawSocket {
  const socket = translateErrors('open a raw socket', { protocol, ...context }, () =>
    raw.createSocket({ protocol, bufferSize: LARGEST_PACKET_BYTES }),
  );
  openSockets.add(socket);
  markCloseOnExec();
  return {
    ...optionSetters(socket, context),
    ...receiving(socket, context),
    send(packet, destination, done) {
      const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
      socket.send(bytes, 0, bytes.length, destination, error => {
        const failure = error === null ? [] : [toOperatingError(error, `send to ${destination}`, context)];
        shield(() => done(...failure));
      });
    },
    close() {
      if (openSockets.delete(socket)) socket.close();
    },
  };
}

type OptionSetters = Pick<
  RawSocket,
  'attachFilter' | 'bindToDevice' | 'joinGroup' | 'sendGroupsFrom' | 'setReceiveBuffer'
>;

function optionSetters(socket: PackageSocket, context: LogFields): OptionSetters {
  const set = (name: string, level: number, option: number, value: Buffer): void =>
    translateErrors(`set ${name}`, context, () => socket.setOption(level, option, value, value.length));
  return {
    attachFilter(program) {
      const bytes = encodeBpf(program);
      set('SO_ATTACH_FILTER', SOL_SOCKET, SO_ATTACH_FILTER, socketFilterOption(bytes));
    },
    bindToDevice(interfaceName) {
      set('SO_BINDTODEVICE', SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${interfaceName}\0`));
    },
    joinGroup(group, interfaceIndex) {
      // The default also delivers groups that other sockets of this host have joined.
      set('IP_MULTICAST_ALL', IPPROTO_IP, IP_MULTICAST_ALL, nativeInt(0));
      set('IP_ADD_MEMBERSHIP', IPPROTO_IP, IP_ADD_MEMBERSHIP, ipMreqn(interfaceIndex, group));
    },
    sendGroupsFrom(interfaceIndex, loop) {
      set('IP_MULTICAST_IF', IPPROTO_IP, IP_MULTICAST_IF, ipMreqn(interfaceIndex));
      set('IP_MULTICAST_LOOP', IPPROTO_IP, IP_MULTICAST_LOOP, nativeInt(loop ? 1 : 0));
    },
    setReceiveBuffer: bytes => set('SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, nativeInt(bytes)),
  };
}

type Receiving = Pick<RawSocket, 'stopReceiving' | 'onPacket' | 'onError' | 'receiveNow'>;

function receiving(socket: PackageSocket, context: LogFields): Receiving {
  const buffer = Buffer.alloc(LARGEST_PACKET_BYTES);
  let deliver: (packet: Uint8Array) => void = () => {};
  let fail: (error: OperatingError) => void = () => {};
  socket.on('message', (packet: Buffer) => shield(() => deliver(packet)));
  socket.on('error', (error: Error) => {
    if (!isDrained(error)) shield(() => fail(toOperatingError(error, 'receive', context)));
  });
  return {
    stopReceiving: () => void socket.pauseRecv(),
    onPacket(listener) {
      deliver = listener;
    },
    onError(listener) {
      fail = listener;
    },
    receiveNow() {
      const length = receiveInto(socket, buffer, context);
      if (length !== undefined) deliver(buffer.subarray(0, length));
      return length !== undefined;
    },
  };
}

function receiveInto(socket: PackageSocket, buffer: Buffer, context: LogFields): number | undefined {
  let length: number | undefined;
  try {
    socket.wrap.recv(buffer, (_buffer, bytes) => {
      length = bytes;
    });
  } catch (thrown) {
    if (!isDrained(thrown)) throw toOperatingError(thrown, 'receive', context);
  }
  return length;
}

function translateErrors<T>(action: string, context: LogFields, call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw toOperatingError(thrown, action, context);
  }
}

/** The package's errors carry nothing but the text of strerror(3). */
function toOperatingError(thrown: unknown, action: string, context: LogFields): OperatingError {
  const code = errnoNameOfText(messageOf(thrown)) ?? 'raw-socket';
  const hint = code === 'EPERM' ? '; raw sockets need the capability NET_RAW' : '';
  return new OperatingError(
    code,
    `cannot ${action}: ${messageOf(thrown)} (${code})${hint}`,
    { action, ...context },
    thrown,
  );
}

function isDrained(thrown: unknown): boolean {
  return errnoNameOfText(messageOf(thrown)) === 'EAGAIN';
}

/** A C int in the machine's byte order. */
function nativeInt(value: number): Buffer {
  return Buffer.from(Int32Array.of(value).buffer);
}

/** struct ip_mreqn of ip(7): group, local address (none: the index decides), interface index. */
function ipMreqn(interfaceIndex: number, group?: IpAddress): Buffer {
  const bytes = Buffer.alloc(IP_MREQN_BYTES);
  if (group !== undefined) bytes.writeUInt32BE(toUint32(group), 0);
  nativeInt(interfaceIndex).copy(bytes, 8);
  return bytes;
}

/** The package would report an exception of ours as the socket's. It is a programmer error: out of the event loop with it. */
function shield(callback: () => void): void {
  try {
    callback();
  } catch (thrown) {
    setImmediate(() => {
      throw thrown;
    });
  }
}
