/**
 * Both native packages mishandle an exception from a callback of ours: raw-socket reports it as an error of the socket,
 * netlink ends the process without a word (an uncaught C++ exception). It is a programmer error and must reach the
 * process's own handler, so it is thrown again from the event loop.
 */

/** Runs the callback; an exception becomes an uncaught one in the same turn of the event loop. */
export function shield(callback: () => void): void {
  try {
    callback();
  } catch (thrown) {
    setImmediate(() => {
      throw thrown;
    });
  }
}
