/**
 * The clocks. Locum waits by the monotonic clock alone; the wall clock stands in logs and status, and certificates depend on it.
 * Pure. NTP's state is the kernel's (adjtimex(2)).
 */

import { about, type Line } from './line.ts';

export interface ClockFacts {
  /** How much more the wall clock advanced than the monotonic one during the examination. */
  readonly stepMs: number;
  readonly measuredMs: number;
  /** Milliseconds since 1970, of the wall clock. */
  readonly wallMs: number;
  /** Whether the kernel's clock is disciplined; undefined when the kernel does not tell. */
  readonly synchronised: boolean | undefined;
}

/** Beyond what NTP corrects by slewing in some seconds. */
const STEP_LIMIT_MS = 100;
/** 2025-01-01T00:00:00Z: no Locum is older. */
const EARLIEST_MS = 1_735_689_600_000;

export function clockLine({ stepMs, measuredMs, wallMs, synchronised }: ClockFacts): Line {
  const line = about('clock');
  if (wallMs < EARLIEST_MS)
    return line.warn(
      'the wall clock was never set: hand-overs do not need it, certificates and logs do',
      'set the time of the host, and let NTP keep it (chrony, systemd-timesyncd)',
    );
  if (Math.abs(stepMs) > STEP_LIMIT_MS)
    return line.warn(
      `the wall clock went ${Math.abs(Math.round(stepMs))} ms ${stepMs > 0 ? 'too far' : 'too little'} within ${Math.round(measuredMs / 1_000)} s: hand-overs do not need it, logs do`,
      'find out who sets the time of the host: let NTP alone do it (chrony, systemd-timesyncd)',
    );
  const ntp = {
    true: ', kept by NTP',
    false: '; the kernel knows of no NTP, so the logs of two nodes may not line up',
    undefined: '',
  }[String(synchronised) as 'true' | 'false' | 'undefined'];
  return line.ok(`monotonic and wall clock run alike${ntp}`);
}
