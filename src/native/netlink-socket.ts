/**
 * A netlink(7) socket of the family NETLINK_ROUTE, by direct system calls: whole datagrams in and out, and a notice from
 * the event loop's own epoll when one is there. The kernel handles a request within send(2), so that its answer waits when that
 * returns; and it may wait there for a lock that another process has. So requests are sent from libuv's pool.
 */

import {
  bindSocket,
  closeDescriptor,
  type FileDescriptor,
  openSocket,
  receiveElsewhere,
  receiveOn,
  SOCK_RAW,
  sendElsewhere,
  setReceiveBuffer,
} from './libc.ts';
import { watchReadable } from './readable.ts';

const ACTION = 'open a netlink socket';
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
const SOCKADDR_NL_BYTES = 12;
/** The kernel's largest messages are 32 KiB. */
const LARGEST_DATAGRAM_BYTES = 64 * 1024;

export interface NetlinkSocket {
  /** `done` comes once, later, with the answer waiting; `sent` is false when there is none. The bytes must not change before it. */
  sendElsewhere(datagram: Uint8Array, done: (sent: boolean) => void): void;
  /**
   * The next datagram, undefined when none waits.
   * Throws OperatingError: `ENOBUFS` when the kernel had to drop messages (all that came, until the socket is read empty).
   */
  receive(): Uint8Array | undefined;
  /** The same from libuv's pool, for a list: receiving a part of it makes the kernel look up the next. Undefined also for an error. */
  receiveElsewhere(done: (datagram: Uint8Array | undefined) => void): void;
  close(): void;
}

export interface NetlinkSocketOptions {
  /** RTMGRP_* bits: what the kernel reports unasked. */
  readonly groups?: number;
  /** In bytes; the kernel doubles it, and without the capability NET_ADMIN caps it at net.core.rmem_max. */
  readonly receiveBufferBytes?: number;
  /** Called in every turn of the event loop in which a datagram waits, or an error; read it. It does not keep the process alive. */
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
  /** Whether the socket is still open now that a thread is back from it. */
  const back = (): boolean => {
    elsewhere -= 1;
    closeWhenUnused();
    return open;
  };
  const watch = onReadable && watchReadable(fd, onReadable);
  return {
    sendElsewhere(datagram, done) {
      if (!open) return void setImmediate(done, false);
      elsewhere += 1;
      sendElsewhere(fd, datagram, sent => done(back() && sent));
    },
    receive() {
      const length = open ? receiveOn(fd, buffer) : undefined;
      return length === undefined ? undefined : Buffer.from(buffer.subarray(0, length));
    },
    receiveElsewhere(done) {
      if (!open) return void setImmediate(done, undefined);
      elsewhere += 1;
      const bytes = new Uint8Array(LARGEST_DATAGRAM_BYTES);
      receiveElsewhere(fd, bytes, length =>
        done(back() && length !== undefined ? bytes.subarray(0, length) : undefined),
      );
    },
    close() {
      if (!open) return;
      open = false;
      watch?.close();
      // A thread may still be busy with it, and the number would soon belong to something else.
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
