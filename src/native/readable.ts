/**
 * Tells that a descriptor can be read: libuv's poll handle (uv_poll_t) in the event loop's own epoll, through koffi, whose `poll` is
 * undocumented. Level-triggered: it tells again as long as something waits. It reads nothing and owns no descriptor.
 */

import koffi from 'koffi';
import type { FileDescriptor } from './libc.ts';

export interface ReadableWatch {
  /** Nothing is told any more. Close it before the descriptor. */
  close(): void;
}

const READABLE = { readable: true };

/**
 * An error of the socket is told as well: the listener meets it when it reads, which takes it from the socket. An exception of the
 * listener is uncaught. `keepsAlive`: whether an open watch keeps the process running.
 */
export function watchReadable(
  fd: FileDescriptor,
  listener: () => void,
  { keepsAlive = false }: { readonly keepsAlive?: boolean } = {},
): ReadableWatch {
  let open = true;
  // Before the events, koffi hands over the status of uv_poll_cb, which its types leave out.
  const onPoll = (status: unknown): void => {
    // Out of the poll callback, where an exception would be lost, by an immediate: it runs in the same turn of the loop.
    setImmediate(() => {
      if (!open) return;
      // libuv stops a handle whose descriptor has an error (EPOLLERR), and the loop does not look at it again.
      if (status !== 0) handle.start(READABLE, onPoll);
      listener();
    });
  };
  const handle = koffi.node.poll(fd, READABLE, onPoll);
  if (!keepsAlive) handle.unref();
  return {
    close() {
      if (!open) return;
      open = false;
      handle.close();
    },
  };
}
