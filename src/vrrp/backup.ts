/** A backup listens and counts down (RFC 9568 §6.4.2, RFC 3768 §6.4.2). It never holds the addresses and never speaks. */

import type { IpAddress } from '../lib/ip-address.ts';
import { after, type Duration, earlier, type Instant } from '../lib/time.ts';
import type { Advertisement } from './advertisement.ts';
import { OWNER_PRIORITY, type Parameters, RESIGN_PRIORITY } from './parameters.ts';
import type { Backup, Effect, Reason, Router, Step } from './state.ts';
import { handOverSkew, masterDownInterval, skewTime } from './timing.ts';

/** An accepted advertisement and who sent it. */
export interface Heard {
  readonly advertisement: Advertisement;
  readonly source: IpAddress;
}

/** Where a backup learns the interval of its master: from version 3 advertisements; in version 2 all use one interval. */
export function masterIntervalFrom(parameters: Parameters, heard: Advertisement | undefined): Duration {
  return parameters.version === 3 && heard !== undefined ? heard.interval : parameters.advertisementInterval;
}

/** Becomes backup, waiting a whole master-down interval. `heard` is what made a master step down. */
export function toBackup(router: Router, reason: Reason, detail: string, now: Instant, heard?: Heard): Step {
  const { parameters, state } = router;
  const effects: Effect[] = state.name === 'master' ? [{ type: 'releaseAddresses' }] : [];
  effects.push({ type: 'stateChanged', from: state.name, to: 'backup', reason, detail });
  return {
    router: { parameters, state: waitForSilence(parameters, now, heard) },
    effects,
  };
}

function waitForSilence(parameters: Parameters, now: Instant, heard: Heard | undefined): Backup {
  const masterInterval = masterIntervalFrom(parameters, heard?.advertisement);
  return {
    name: 'backup',
    masterDownAt: after(now, masterDownInterval(parameters.version, parameters.priority, masterInterval)),
    waitingFor: 'master-silent',
    masterInterval,
    master: heard && { address: heard.source, priority: heard.advertisement.priority },
  };
}

export function hearAsBackup(
  router: Router<Backup>,
  advertisement: Advertisement,
  source: IpAddress,
  now: Instant,
): Step {
  const { parameters } = router;
  if (advertisement.priority === RESIGN_PRIORITY) return hearResignation(router, source, now);
  if (!mayPreempt(parameters) || advertisement.priority >= parameters.priority)
    return {
      router: { parameters, state: waitForSilence(parameters, now, { advertisement, source }) },
      effects: [],
    };
  return hearLowerPriority(router, source, now);
}

/** The owner of the addresses always preempts (RFC 9568 §6.1, Preempt_Mode). */
function mayPreempt(parameters: Parameters): boolean {
  return parameters.preempt || parameters.priority === OWNER_PRIORITY;
}

/**
 * The master stops (RFC 9568 §6.4.2: wait Skew_Time).
 *
 * Deviation: with fast timing the wait after the current master's word is the short hand-over skew, and the word of a
 * router that is not the current master changes nothing.
 */
function hearResignation(router: Router<Backup>, source: IpAddress, now: Instant): Step {
  const { parameters, state } = router;
  if (parameters.timing === 'rfc' || state.master === undefined) {
    const skew = skewTime(parameters.version, parameters.priority, state.masterInterval);
    return {
      router: {
        parameters,
        state: { ...state, masterDownAt: after(now, skew), waitingFor: 'master-resigned' },
      },
      effects: [],
    };
  }
  if (source !== state.master.address) return { router, effects: [] };
  return takeOverSoon(router, 'master-resigned', now);
}

/**
 * A lower priority than ours, and we may preempt (RFC 9568 §6.4.2: discard, the timer runs on).
 *
 * Deviation: with fast timing, when it is the current master that has sunk below us, we take over after the short
 * hand-over skew. A third router's low word changes nothing.
 */
function hearLowerPriority(router: Router<Backup>, source: IpAddress, now: Instant): Step {
  const { parameters, state } = router;
  if (parameters.timing === 'rfc' || source !== state.master?.address) return { router, effects: [] };
  return takeOverSoon(router, 'master-yielded', now);
}

/** The first word of a yielding master starts the short wait; repeating it does not prolong it. */
function takeOverSoon(router: Router<Backup>, waitingFor: Backup['waitingFor'], now: Instant): Step {
  const { parameters, state } = router;
  const soon = after(now, handOverSkew(parameters.version, parameters.priority, state.masterInterval));
  const masterDownAt = earlier(state.masterDownAt, soon);
  return { router: { parameters, state: { ...state, masterDownAt, waitingFor } }, effects: [] };
}
