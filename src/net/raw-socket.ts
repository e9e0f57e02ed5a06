/**
 * Raw sockets of IPv4 and IPv6, raw(7), ip(7) and ipv6(7), through the npm package raw-socket, which is imported here alone. What
 * this file adds are types, errno names, and four things the package leaves open: an unreferenced socket is garbage-collected in
 * spite of its listeners, child processes inherit the descriptor, an exception of a listener poses as the socket's, and what is asked of
 * a closed socket opens another one, without filter and bound to nothing.
 */

import raw from 'raw-socket';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { addressBytes, type Family, type IpAddress } from '../lib/ip-address.ts';
import type { LogFields } from '../lib/logger.ts';
import { errnoNameOfText, markCloseOnExec } from '../native/libc.ts';
import { socketFilterOption } from '../native/socket-filter.ts';
import { type BpfInstruction, encodeBpf } from './bpf.ts';

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SO_BINDTODEVICE = 25;
const SO_ATTACH_FILTER = 26;
const SO_MEMINFO = 55;
/** Of 32-bit words, sock_diag(7): SK_MEMINFO_DROPS is the last. */
const MEMINFO_WORDS = 9;
const IPPROTO_IP = 0;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;
const IP_MULTICAST_ALL = 49;
const IP_MREQN_BYTES = 12;
const IPPROTO_IPV6 = 41;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_JOIN_GROUP = 20;
const IPV6_MULTICAST_ALL = 29;

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
  /** In bytes; the kernel doubles it, and without the capability NET_ADMIN caps it at net.core.rmem_max. */
  setReceiveBuffer(bytes: number): void;
  /** From here on the socket neither reads nor wakes the event loop. */
  stopReceiving(): void;
  resumeReceiving(): void;
  /** Packets that the receive buffer had no room for, since the socket was opened; the kernel counts to 2³² and begins anew. */
  lost(): number;
  /**
   * Sets the listener of all packets. IPv4 comes with its header, IPv6 without. A packet is a view of a buffer that is used again
   * after the call.
   */
  onPacket(listener: PacketListener): void;
  onError(listener: (error: OperatingError) => void): void;
  /** Hands one waiting packet to the listener without waiting for the event loop; false when there is none. */
  receiveNow(): boolean;
  /** Throws away what waits; with a filter that drops everything nothing more comes. */
  discardWaiting(): void;
  /** Sends when the socket is next writable; an IPv6 link-local destination is on the interface that the socket is bound to. `done` comes once, after this call; do not alter the bytes before it. */
  send(packet: Uint8Array, destination: IpAddress, done: (error?: OperatingError) => void): void;
  close(): void;
}

/** `source`: as inet_ntop(3) writes it, without a zone. */
export type PacketListener = (packet: Uint8Array, source: string) => void;

type PackageSocket = ReturnType<typeof raw.createSocket>;

/**
 * Opens a raw socket of an IP protocol; `context` goes into its errors.
 * Throws OperatingError: `EPERM` without the capability NET_RAW, `EAFNOSUPPORT` for IPv6 in a kernel without it.
 */
export function openRawSocket(protocol: number, context: LogFields, family: Family = 4): RawSocket {
  const addressFamily = family === 4 ? raw.AddressFamily.IPv4 : raw.AddressFamily.IPv6;
  const socket = translateErrors('open a raw socket', { protocol, ...context }, () =>
    raw.createSocket({ protocol, addressFamily, bufferSize: LARGEST_PACKET_BYTES }),
  );
  openSockets.add(socket);
  markCloseOnExec();
  return {
    ...optionSetters(socket, context),
    ...groupOptions(socket, family, context),
    ...receiving(socket, context),
    send(packet, destination, done) {
      if (!openSockets.has(socket)) return void setImmediate(done, closedError(context));
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

type OptionSetters = Pick<RawSocket, 'attachFilter' | 'bindToDevice' | 'setReceiveBuffer'>;

function optionSetters(socket: PackageSocket, context: LogFields): OptionSetters {
  const set = (name: string, option: number, value: Buffer): void =>
    setOption(socket, name, SOL_SOCKET, option, value, context);
  return {
    attachFilter(program) {
      const bytes = encodeBpf(program);
      set('SO_ATTACH_FILTER', SO_ATTACH_FILTER, socketFilterOption(bytes));
    },
    bindToDevice(interfaceName) {
      set('SO_BINDTODEVICE', SO_BINDTODEVICE, Buffer.from(`${interfaceName}\0`));
    },
    setReceiveBuffer(bytes) {
      try {
        set('SO_RCVBUFFORCE', SO_RCVBUFFORCE, nativeInt(bytes));
      } catch (thrown) {
        if (!(thrown instanceof OperatingError && thrown.code === 'EPERM')) throw thrown;
        set('SO_RCVBUF', SO_RCVBUF, nativeInt(bytes));
      }
    },
  };
}

type GroupOptions = Pick<RawSocket, 'joinGroup' | 'sendGroupsFrom'>;

/** MULTICAST_ALL is on unless told otherwise: it delivers groups, too, that other sockets of this host have joined. */
function groupOptions(socket: PackageSocket, family: Family, context: LogFields): GroupOptions {
  const set4 = (name: string, option: number, value: Buffer): void =>
    setOption(socket, name, IPPROTO_IP, option, value, context);
  const set6 = (name: string, option: number, value: Buffer): void =>
    setOption(socket, name, IPPROTO_IPV6, option, value, context);
  if (family === 4)
    return {
      joinGroup(group, interfaceIndex) {
        set4('IP_MULTICAST_ALL', IP_MULTICAST_ALL, nativeInt(0));
        set4('IP_ADD_MEMBERSHIP', IP_ADD_MEMBERSHIP, ipMreqn(interfaceIndex, group));
      },
      sendGroupsFrom(interfaceIndex, loop) {
        set4('IP_MULTICAST_IF', IP_MULTICAST_IF, ipMreqn(interfaceIndex));
        set4('IP_MULTICAST_LOOP', IP_MULTICAST_LOOP, nativeInt(loop ? 1 : 0));
      },
    };
  return {
    joinGroup(group, interfaceIndex) {
      ifKnown(() => set6('IPV6_MULTICAST_ALL', IPV6_MULTICAST_ALL, nativeInt(0)));
      set6('IPV6_JOIN_GROUP', IPV6_JOIN_GROUP, ipv6Mreq(group, interfaceIndex));
    },
    sendGroupsFrom(interfaceIndex, loop) {
      set6('IPV6_MULTICAST_IF', IPV6_MULTICAST_IF, nativeInt(interfaceIndex));
      set6('IPV6_MULTICAST_LOOP', IPV6_MULTICAST_LOOP, nativeInt(loop ? 1 : 0));
    },
  };
}

function setOption(
  socket: PackageSocket,
  name: string,
  level: number,
  option: number,
  value: Buffer,
  context: LogFields,
): void {
  translateErrors(`set ${name}`, context, () => socket.setOption(level, option, value, value.length));
}

/** For an option that older kernels lack: IPV6_MULTICAST_ALL came with Linux 4.20. */
function ifKnown(set: () => void): void {
  try {
    set();
  } catch (thrown) {
    if (!(thrown instanceof OperatingError && thrown.code === 'ENOPROTOOPT')) throw thrown;
  }
}

type Receiving = Pick<
  RawSocket,
  'stopReceiving' | 'resumeReceiving' | 'lost' | 'onPacket' | 'onError' | 'receiveNow' | 'discardWaiting'
>;

function receiving(socket: PackageSocket, context: LogFields): Receiving {
  const buffer = Buffer.alloc(LARGEST_PACKET_BYTES);
  let deliver: PacketListener = () => {};
  let fail: (error: OperatingError) => void = () => {};
  socket.on('message', (packet: Buffer, source: string) => shield(() => deliver(packet, source)));
  socket.on('error', (error: Error) => {
    if (!isDrained(error)) shield(() => fail(toOperatingError(error, 'receive', context)));
  });
  return {
    stopReceiving: () => void socket.pauseRecv(),
    resumeReceiving: () => void socket.resumeRecv(),
    lost() {
      const words = new Uint32Array(MEMINFO_WORDS);
      const value = Buffer.from(words.buffer);
      translateErrors('read SO_MEMINFO', context, () =>
        socket.getOption(SOL_SOCKET, SO_MEMINFO, value, value.length),
      );
      return words.at(-1) ?? 0;
    },
    onPacket(listener) {
      deliver = listener;
    },
    onError(listener) {
      fail = listener;
    },
    receiveNow() {
      const received = receiveInto(socket, buffer, context);
      if (received !== undefined) deliver(buffer.subarray(0, received.length), received.source);
      return received !== undefined;
    },
    discardWaiting() {
      while (receiveInto(socket, buffer, context) !== undefined);
    },
  };
}

interface Received {
  readonly length: number;
  readonly source: string;
}

function receiveInto(socket: PackageSocket, buffer: Buffer, context: LogFields): Received | undefined {
  if (!openSockets.has(socket)) return undefined;
  let received: Received | undefined;
  try {
    socket.wrap.recv(buffer, (_buffer, length, source) => {
      received = { length, source };
    });
  } catch (thrown) {
    if (!isDrained(thrown)) throw toOperatingError(thrown, 'receive', context);
  }
  return received;
}

function closedError(context: LogFields): OperatingError {
  return new OperatingError('ECANCELED', 'cannot send: the raw socket is closed', context);
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
  if (group !== undefined) bytes.set(addressBytes(group), 0);
  nativeInt(interfaceIndex).copy(bytes, 8);
  return bytes;
}

/** struct ipv6_mreq of ipv6(7): group, interface index. */
function ipv6Mreq(group: IpAddress, interfaceIndex: number): Buffer {
  return Buffer.concat([addressBytes(group), nativeInt(interfaceIndex)]);
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
