/**
 * Tells the moment a process ends, without polling: pidfd_open(2) descriptors in the event loop's own epoll, through
 * libuv's poll handle. No thread waits, so nothing can starve Node's thread pool or keep the process from exiting.
 * A pidfd names one process for ever: a reused pid is never mistaken for it. It takes no permission to watch.
 */

import { closeDescriptor, type FileDescriptor, openPidfd } from './libc.ts';
import { watchReadable } from './readable.ts';

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
  const stops = new Set<() => void>();
  return {
    watch(pid, onExit) {
      const fd = openPidfd(pid);
      if (fd === undefined) return undefined;
      const stop = onceReadable(fd, () => {
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
function onceReadable(fd: FileDescriptor, callback: () => void): () => void {
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    watch.close();
    closeDescriptor(fd);
  };
  const watch = watchReadable(fd, () => {
    close();
    callback();
  });
  return close;
}
