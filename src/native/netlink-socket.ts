/**
 * A netlink(7) socket of the family NETLINK_ROUTE, by direct system calls: whole datagrams in and out, and a notice from
 * the event loop's own epoll when one is there. The kernel handles a request within send(2), so that its answer waits
 * when `send` returns: nothing here blocks and nothing needs a time limit.
 */

import koffi from 'koffi';
import { OperatingError } from '../lib/errors.ts';
import {
  bindSocket,
  closeDescriptor,
  type FileDescriptor,
  openSocket,
  receiveOn,
  SOCK_RAW,
  sendElsewhere,
  sendOn,
  setReceiveBuffer,
} from './libc.ts';

const ACTION = 'open a netlink socket';
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
const SOCKADDR_NL_BYTES = 12;
/** The kernel's largest messages are 32 KiB. */
const LARGEST_DATAGRAM_BYTES = 64 * 1024;

export interface NetlinkSocket {
  /** Throws OperatingError. */
  send(datagram: Uint8Array): void;
  /**
   * The same without holding up the event loop while another process has the lock that the request needs. `done` comes once, later,
   * with the answer waiting; `sent` is false when there is none. The bytes must not change before it.
   */
  sendElsewhere(datagram: Uint8Array, done: (sent: boolean) => void): void;
  /**
   * The next datagram, undefined when none waits.
   * Throws OperatingError: `ENOBUFS` when the kernel had to drop messages (the socket works on).
   */
  receive(): Uint8Array | undefined;
  close(): void;
}

export interface NetlinkSocketOptions {
  /** RTMGRP_* bits: what the kernel reports unasked. */
  readonly groups?: number;
  /** SO_RCVBUF; the kernel doubles it and caps it at net.core.rmem_max. */
  readonly receiveBufferBytes?: number;
  /** Called again and again while something waits; read it. It does not keep the process alive. */
  readonly onReadable?: () => void;
}

/** It takes no capability. Throws OperatingError: `EMFILE`. */
export function openNetlinkSocket(options: NetlinkSocketOptions = {}): NetlinkSocket {
  const fd = openSocket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, ACTION);
  try {
    if (options.receiveBufferBytes !== undefined) setReceiveBuffer(fd, options.receiveBufferBytes);
    bindSocket(fd, netlinkAddress(options.groups ?? 0), ACTION);
  } catch (thrown) {
    closeDescriptor(fd);
    throw thrown;
  }
  return netlinkSocket(fd, options.onReadable);
}

function netlinkSocket(fd: FileDescriptor, onReadable: (() => void) | undefined): NetlinkSocket {
  const buffer = new Uint8Array(LARGEST_DATAGRAM_BYTES);
  let open = true;
  let elsewhere = 0;
  const closeWhenUnused = (): void => {
    if (!open && elsewhere === 0) closeDescriptor(fd);
  };
  // Out of the poll callback, where an exception would be lost, by an immediate: it runs in the same turn of the loop.
  const whenReadable = (): void => void setImmediate(() => open && onReadable?.());
  const handle = onReadable && koffi.node.poll(fd, { readable: true }, whenReadable);
  handle?.unref();
  return {
    send(datagram) {
      if (!open) throw new OperatingError('EBADF', 'the netlink socket is closed');
      sendOn(fd, datagram, 'send to the kernel');
    },
    sendElsewhere(datagram, done) {
      if (!open) throw new OperatingError('EBADF', 'the netlink socket is closed');
      elsewhere += 1;
      sendElsewhere(fd, datagram, sent => {
        elsewhere -= 1;
        closeWhenUnused();
        done(open && sent);
      });
    },
    receive() {
      const length = open ? receiveOn(fd, buffer) : undefined;
      return length === undefined ? undefined : buffer.slice(0, length);
    },
    close() {
      if (!open) return;
      open = false;
      handle?.close();
      // A thread may still be sending on it, and the number would soon belong to something else.
      closeWhenUnused();
    },
  };
}

/** struct sockaddr_nl in host order; port 0 lets the kernel choose. */
function netlinkAddress(groups: number): Uint8Array {
  const bytes = new ArrayBuffer(SOCKADDR_NL_BYTES);
  new Uint16Array(bytes, 0, 1).set([AF_NETLINK]);
  new Uint32Array(bytes, 8, 1).set([groups]);
  return new Uint8Array(bytes);
}
