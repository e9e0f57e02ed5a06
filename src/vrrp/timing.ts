/** The times a virtual router waits (RFC 9568 §6.1, RFC 3768 §6.1) and those Locum adds. Pure arithmetic on µs. */

import { type Duration, microseconds, milliseconds, seconds } from '../lib/time.ts';
import type { Announcing, Parameters, Version } from './parameters.ts';

/** Skew_Time: higher priorities wait less. Version 2 counts in seconds whatever the interval; version 3 scales with it. */
export function skewTime(version: Version, priority: number, masterInterval: Duration): Duration {
  const whole = version === 2 ? seconds(1) : masterInterval;
  return microseconds(((256 - priority) * whole) / 256);
}

/** Active_Down_Interval: how long a silent master is believed alive, three advertisements and the skew. */
export function masterDownInterval(version: Version, priority: number, masterInterval: Duration): Duration {
  return microseconds(3 * masterInterval + skewTime(version, priority, masterInterval));
}

/**
 * How long a backup waits once the current master has said that it yields: 40 µs per step of priority, 10.2 ms at
 * most, never more than the RFC's skew.
 *
 * Deviation: RFC 9568 §6.4.2 waits Skew_Time after priority 0 and the rest of Active_Down_Interval after a lower
 * priority. Interoperates with any router, since a backup may become master at any time by those rules.
 */
export function handOverSkew(version: Version, priority: number, masterInterval: Duration): Duration {
  return microseconds(Math.min((256 - priority) * 40, skewTime(version, priority, masterInterval)));
}

/**
 * The shortest time between two re-assertions of a master, so that two routers that both believe they win (two
 * owners) do not answer each other without end.
 */
export function reassertSpacing(interval: Duration): Duration {
  return microseconds(Math.min(interval, milliseconds(100)));
}

/** When addresses are announced again where nothing else is configured. */
export const USUAL_ANNOUNCING: Announcing = {
  again: [milliseconds(50), seconds(1), seconds(5)],
  refresh: seconds(30),
};

/** How long a router that could not hold its addresses, or could not send, stays in fault before it tries again. */
export const FAULT_HOLD_OFF: Duration = seconds(10);

/** Consecutive advertisements that could not be sent before a master resigns: by then its backups take over. */
export const SEND_FAILURES_TO_RESIGN = 3;

/** The kernel lifetime of a held address in whole seconds: the master-down interval rounded up, at least 2. */
export function leaseSeconds(p: Pick<Parameters, 'version' | 'priority' | 'advertisementInterval'>): number {
  const down = masterDownInterval(p.version, p.priority, p.advertisementInterval);
  return Math.max(2, Math.ceil(down / seconds(1)));
}

/** A held address is renewed by the first advertisement after a third of its lease. */
export function renewInterval(p: Parameters): Duration {
  return microseconds((leaseSeconds(p) * seconds(1)) / 3);
}
