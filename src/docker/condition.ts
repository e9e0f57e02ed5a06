/**
 * Whether a container can serve: one rule for the docker tracker and for backends.
 *
 * It serves while it runs and, where it has a HEALTHCHECK, is healthy. `starting` does not serve yet: what has a health check has it
 * because "the process runs" is not enough to send it traffic.
 */

import type { ContainerEvent } from './events.ts';
import type { ContainerSnapshot } from './snapshot.ts';

type Condition = Pick<ContainerSnapshot, 'state' | 'health'>;

/** Why the container cannot serve, in a few words; undefined when it can. */
export function notServing({ state, health }: Condition): string | undefined {
  if (state !== 'running') return `not running (${state})`;
  if (health === 'starting') return 'health check has not passed yet (starting)';
  return health === 'unhealthy' ? 'unhealthy' : undefined;
}

/** `running`, `running, healthy`. */
export const describeServing = ({ health }: Condition): string =>
  health === 'healthy' ? 'running, healthy' : 'running';

/** SIGINT, SIGQUIT, SIGKILL, SIGTERM: what `docker stop` and `docker kill` end a container with. */
const ENDING_SIGNALS: readonly string[] = ['2', '3', '9', '15'];

export interface ServiceEnd {
  readonly reason: string;
  /** False while the container may go on for a while, or survive: it was sent a signal. */
  readonly over: boolean;
}

/** What an event alone proves about its container, before any list is read; undefined when it takes a list to know. */
export function endedBy({ action, exitCode, signal }: ContainerEvent): ServiceEnd | undefined {
  switch (action) {
    case 'die':
      return { reason: exitCode === undefined ? 'died' : `died with exit code ${exitCode}`, over: true };
    case 'pause':
      return { reason: 'paused', over: true };
    case 'unhealthy':
      return { reason: 'unhealthy', over: true };
    case 'kill':
      return ENDING_SIGNALS.includes(signal ?? '')
        ? { reason: `is being stopped (signal ${signal})`, over: false }
        : undefined;
    default:
      return undefined;
  }
}
