/**
 * Tells the moment a process ends, without polling: pidfd_open(2) descriptors in the event loop's own epoll, through
 * libuv's poll handle. No thread waits, so nothing can starve Node's thread pool or keep the process from exiting.
 * A pidfd names one process for ever: a reused pid is never mistaken for it. It takes no permission to watch.
 */

import koffi from 'koffi';
import { closeDescriptor, openPidfd } from './libc.ts';

type PollHandle = ReturnType<typeof koffi.node.poll>;

export interface ProcessWatcher {
  /**
   * Calls `onExit` once, when the process has ended (a zombie has); never before `watch` returns. Gives a function that
   * stops watching, or undefined when there is no such process.
   * Throws OperatingError: `ENOSYS` or `EPERM` where pidfds are not to be had, `EMFILE`, `EINVAL` for a thread's id.
   */
  watch(pid: number, onExit: () => void): (() => void) | undefined;
  /** Stops watching everything. Open watches do not keep the process alive either. */
  close(): void;
}

export function openProcessWatcher(): ProcessWatcher {
  // Also the reference that keeps the poll handles from the garbage collector, which would close them.
  const stops = new Set<() => void>();
  return {
    watch(pid, onExit) {
      const fd = openPidfd(pid);
      if (fd === undefined) return undefined;
      const stop = onReadable(fd, () => {
        stops.delete(stop);
        onExit();
      });
      stops.add(stop);
      return () => {
        stops.delete(stop);
        stop();
      };
    },
    close() {
      for (const stop of stops) stop();
      stops.clear();
    },
  };
}

/** Calls back once, then closes the descriptor; the returned function does so without calling back. */
function onReadable(fd: number, callback: () => void): () => void {
  let open = true;
  const close = (handle: PollHandle): void => {
    if (!open) return;
    open = false;
    handle.close();
    closeDescriptor(fd);
  };
  // The poll callback runs outside of JavaScript's own scopes: an exception there would be lost, a promise would wait.
  // The immediate runs in the same turn of the loop.
  const handle = koffi.node.poll(fd, { readable: true }, () => {
    handle.stop();
    setImmediate(() => {
      if (!open) return;
      close(handle);
      callback();
    });
  });
  handle.unref();
  return () => close(handle);
}
