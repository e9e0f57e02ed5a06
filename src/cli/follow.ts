/** Follows the daemon beside for as long as the operator wants: one that goes away is said once, and waited for. */

import { setTimeout as pause } from 'node:timers/promises';
import { follow } from '../control/following.ts';
import type { OperatingError } from '../lib/errors.ts';
import { EXIT, type ExitCode } from './io.ts';

export interface Followed {
  readonly socket: string;
  readonly path: string;
  readonly onLine: (line: string) => void;
  /** Once an outage; what there is to say of it. */
  readonly onLost: (why: string) => void;
  /** It answers again. */
  readonly onBack?: () => void;
  /** After which silence the daemon counts as gone; undefined: it may be silent. */
  readonly silenceMs?: number;
  readonly signal: AbortSignal;
}

const RETRY_MS = 500;

/** Ends with the signal; or at once, with the error, when there is no daemon to begin with. */
export async function followDaemon(followed: Followed): Promise<ExitCode | OperatingError> {
  const { socket, path, onLine, onLost, onBack, silenceMs, signal } = followed;
  let state: 'new' | 'here' | 'lost' = 'new';
  const onOpen = (): void => {
    if (state === 'lost') onBack?.();
    state = 'here';
  };
  const silence = silenceMs === undefined ? {} : { silenceMs };
  for (;;) {
    const error = await follow(socket, path, { onOpen, onLine, ...silence, signal });
    if (error === undefined) return EXIT.done;
    // What a callback has set is not seen by the narrowing.
    const before = state as 'new' | 'here' | 'lost';
    if (before === 'new') return error;
    if (before === 'here') onLost(`${error.message}; waiting for it`);
    state = 'lost';
    await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return EXIT.done;
  }
}
