/** The faults that a pair is put through. Each strikes the master in one moment and can be mended. */

import { monotonicUs } from '../../support/observer.ts';
import { type ContenderNode, freeze, thaw } from './contender.ts';
import type { Ports } from './ports.ts';

export interface Fault {
  readonly name: string;
  /** As the tables call it. */
  readonly title: string;
  /** Strikes at once. Returns the time just before: CLOCK_MONOTONIC in µs. */
  strike(victim: ContenderNode, ports: Ports): number;
  /** Puts right what was struck; the pair may still have to agree. */
  mend(victim: ContenderNode, ports: Ports): Promise<void>;
  /** How long it takes to be seen depends on when nginx was looked at last: it strikes at every phase of that, too. */
  readonly awaitsCheck?: true;
  /** The address stays on a node whose daemon cannot take it away: how long? */
  readonly leavesAddress?: true;
}

/** SIGKILL to nginx's master process and workers. */
export const NGINX_KILLED: Fault = {
  name: 'nginx-killed',
  title: 'nginx killed',
  awaitsCheck: true,
  strike: ({ nginx }) => nginx.kill(),
  mend: ({ nginx }) => nginx.start(),
};

/** SIGTERM to the daemon: what `docker stop` of the sidecar and a service manager do. */
export const DAEMON_STOPPED: Fault = {
  name: 'daemon-stopped',
  title: 'daemon stopped',
  strike: ({ daemon }) => {
    const atUs = monotonicUs();
    daemon.signal('SIGTERM');
    return atUs;
  },
  mend: async victim => {
    await victim.daemon.exit;
    await victim.startDaemon();
  },
};

/** The node's cable carries nothing any more, and nobody is told. */
export const CUT_OFF: Fault = {
  name: 'cut-off',
  title: 'node cut off',
  strike: ({ host }, ports) => {
    const atUs = monotonicUs();
    ports.set(host, 'disabled');
    return atUs;
  },
  mend: async ({ host }, ports) => ports.set(host, 'forwarding'),
};

/** SIGSTOP to every process of the daemon; the node's kernel and its nginx go on. */
export const FROZEN: Fault = {
  name: 'frozen',
  title: 'node frozen',
  leavesAddress: true,
  strike: victim => {
    const atUs = monotonicUs();
    freeze(victim);
    return atUs;
  },
  mend: async victim => thaw(victim),
};

export const FAULTS: readonly Fault[] = [NGINX_KILLED, DAEMON_STOPPED, CUT_OFF, FROZEN];
