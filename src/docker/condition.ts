/**
 * Whether a container can serve: one rule for the docker tracker and for backends.
 *
 * It serves while it runs and, where it has a HEALTHCHECK, is healthy. `starting` does not serve yet: what has a health check has it
 * because "the process runs" is not enough to send it traffic.
 */

import type { ContainerEvent } from './events.ts';
import type { ContainerSnapshot } from './snapshot.ts';

/** What can be wrong with a container. `oom`: a process of it was killed for want of memory, which it may survive. */
export const AILMENTS = ['stopped', 'restarting', 'paused', 'starting', 'unhealthy', 'oom'] as const;
export type Ailment = (typeof AILMENTS)[number];

type Condition = Pick<ContainerSnapshot, 'state' | 'health'>;

/** Why the container cannot serve, in a few words; undefined when it can. Only the ailments that are counted matter, by default all. */
export function notServing(condition: Condition, counted: readonly Ailment[] = AILMENTS): string | undefined {
  const found = ailmentsOf(condition).find(ailment => counted.includes(ailment));
  if (found === 'starting') return 'health check has not passed yet (starting)';
  if (found === 'unhealthy') return 'unhealthy';
  return found === undefined ? undefined : `not running (${condition.state})`;
}

function ailmentsOf({ state, health }: Condition): readonly Ailment[] {
  const ofHealth: readonly Ailment[] = health === 'starting' || health === 'unhealthy' ? [health] : [];
  if (state === 'running') return ofHealth;
  return state === 'paused' || state === 'restarting' ? [state, ...ofHealth] : ['stopped'];
}

/** `running`, `running, healthy`; `paused` where that is not counted. */
export const describeServing = ({ state, health }: Condition): string =>
  health === 'none' ? state : `${state}, ${health}`;

/** SIGINT, SIGQUIT, SIGKILL, SIGTERM: what most containers are ended with. */
const ENDING_SIGNALS: readonly string[] = ['2', '3', '9', '15'];

/**
 * What else `docker stop` sends, by the STOPSIGNAL of known images: SIGWINCH to httpd, SIGRTMIN+3 to systemd. An event does not say whether it
 * is that, and another image may go on. SIGHUP, SIGUSR1 and SIGUSR2 mean a reload or new logs far more often than an end: they are none.
 */
const PERHAPS_ENDING_SIGNALS: readonly string[] = ['28', '37'];

export interface ServiceEnd {
  readonly ailment: Ailment;
  readonly reason: string;
  /** False while the container may go on for a while, or survive: it was sent a signal. */
  readonly over: boolean;
  /** True where that signal ends few images only. */
  readonly doubtful?: boolean;
}

/** What an event alone proves about its container, before any list is read; undefined when it takes a list to know. */
export function endedBy({ action, exitCode, signal }: ContainerEvent): ServiceEnd | undefined {
  switch (action) {
    case 'die': {
      const reason = exitCode === undefined ? 'died' : `died with exit code ${exitCode}`;
      return { ailment: 'stopped', reason, over: true };
    }
    case 'pause':
      return { ailment: 'paused', reason: 'paused', over: true };
    case 'unhealthy':
      return { ailment: 'unhealthy', reason: 'unhealthy', over: true };
    case 'oom':
      return { ailment: 'oom', reason: 'ran out of memory: the kernel killed a process of it', over: true };
    case 'kill':
      return stoppedBy(signal ?? '');
    default:
      return undefined;
  }
}

function stoppedBy(signal: string): ServiceEnd | undefined {
  const end: ServiceEnd = { ailment: 'stopped', reason: `is being stopped (signal ${signal})`, over: false };
  if (ENDING_SIGNALS.includes(signal)) return end;
  return PERHAPS_ENDING_SIGNALS.includes(signal) ? { ...end, doubtful: true } : undefined;
}
