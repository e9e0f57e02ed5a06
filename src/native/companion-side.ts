/** The companion's side of companion.ts: called once, by its main module. */

/** They reach a whole terminal, or a whole unit of systemd: the daemon hears them and says when to end. */
const FOR_THE_DAEMON = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Hears the daemon, until `onEnd`: the daemon is gone, however it ended. Gives what tells it; what it cannot hear any more is lost. */
export function joinDaemon<To, From>(
  onMessage: (message: To) => void,
  onEnd: () => void,
): (message: From & object) => void {
  if (process.send === undefined) throw new Error(`${process.argv[1]} is started by the daemon`);
  for (const signal of FOR_THE_DAEMON) process.on(signal, () => undefined);
  process.on('message', message => onMessage(message as To));
  process.on('disconnect', onEnd);
  return message => {
    process.send?.(message, undefined, undefined, () => undefined);
  };
}
