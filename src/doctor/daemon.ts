/** What is on the control socket: a daemon that runs, nothing yet, or something in the way. Pure. */

import { about, type Line } from './line.ts';

export interface RunningRouter {
  readonly name: string;
  readonly vrid: number;
  readonly state: 'init' | 'backup' | 'master' | 'fault';
  readonly reason: string;
  readonly addresses: readonly string[];
}

export interface DaemonFacts {
  readonly socket: string;
  readonly found:
    | { readonly kind: 'running'; readonly pid: number; readonly routers: readonly RunningRouter[] }
    /** Nothing there. `folderError` as with a file that is to be written; undefined: it can be made. */
    | { readonly kind: 'absent'; readonly folderError: string | undefined }
    /** A socket on which nobody listens. */
    | { readonly kind: 'stale' }
    /** Not a socket, or somebody who answers otherwise; in words. */
    | { readonly kind: 'odd'; readonly what: string };
  /** As configured now. */
  readonly configured: readonly {
    readonly name: string;
    readonly vrid: number;
    readonly addresses: readonly string[];
  }[];
}

export function daemonLine({ socket, found, configured }: DaemonFacts): Line {
  const line = about('daemon');
  switch (found.kind) {
    case 'absent':
      return found.folderError === undefined
        ? line.ok(`none runs here yet: ${socket} is free`)
        : line.fail(
            `none runs here, and ${socket} cannot be made: ${found.folderError}`,
            'mount its folder as a tmpfs (`tmpfs: [/run/locum]`), or set control.socket',
          );
    case 'stale':
      return line.ok(`none runs here: ${socket} was left by one that was killed, the next start removes it`);
    case 'odd':
      return line.fail(found.what, 'set control.socket to another path, or stop what is there');
    case 'running':
      return runningLine(line, found.pid, found.routers, configured);
  }
}

function runningLine(
  line: ReturnType<typeof about>,
  pid: number,
  routers: readonly RunningRouter[],
  configured: DaemonFacts['configured'],
): Line {
  const fault = routers.find(({ state }) => state === 'fault');
  if (fault !== undefined)
    return line.fail(
      `runs (pid ${pid}), and ${fault.name} is in fault: ${fault.reason}`,
      '`locum status` tells more',
    );
  if (essence(routers) !== essence(configured))
    return line.warn(
      `runs (pid ${pid}) with other virtual routers than are configured now: ${essence(routers)}`,
      '`locum reload` applies the configuration that was examined here',
    );
  return line.ok(`runs (pid ${pid}): ${routers.map(({ name, state }) => `${name} is ${state}`).join(', ')}`);
}

/** What makes two virtual routers the same ones. */
function essence(routers: DaemonFacts['configured']): string {
  return routers
    .map(({ name, vrid, addresses }) => `${name}: VRID ${vrid}, ${[...addresses].sort().join(' ')}`)
    .sort()
    .join('; ');
}
