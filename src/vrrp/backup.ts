/** A backup listens and counts down (RFC 9568 §6.4.2, RFC 3768 §6.4.2). It never holds the addresses and never speaks. */

import type { IpAddress } from '../lib/ip-address.ts';
import { after, type Duration, earlier, type Instant, instant, later } from '../lib/time.ts';
import type { Advertisement } from './advertisement.ts';
import { OWNER_PRIORITY, type Parameters, RESIGN_PRIORITY } from './parameters.ts';
import type { Backup, Effect, Patience, Reason, Router, Step } from './state.ts';
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
export function toBackup(
  router: Router,
  reason: Reason,
  detail: string,
  now: Instant,
  heard?: Heard,
): Step & { readonly router: Router<Backup> } {
  const { parameters, state } = router;
  const effects: Effect[] = state.name === 'master' ? [{ type: 'releaseAddresses' }] : [];
  effects.push({ type: 'stateChanged', from: state.name, to: 'backup', reason, detail });
  const waiting = waitForSilence(parameters, now, heard);
  const comesBack = state.name !== 'master';
  const patience = comesBack ? patienceOf(parameters, waiting.masterDownAt) : waiting.patience;
  return { router: { parameters, state: { ...waiting, patience } }, effects };
}

/** A backup that has just been outranked, or may not preempt; while joint it waits for leave when the time is over. */
function waitForSilence(parameters: Parameters, now: Instant, heard: Heard | undefined): Backup {
  const masterInterval = masterIntervalFrom(parameters, heard?.advertisement);
  return {
    name: 'backup',
    masterDownAt: after(now, masterDownInterval(parameters.version, parameters.priority, masterInterval)),
    waitingFor: 'master-silent',
    masterInterval,
    master: heard && { address: heard.source, priority: heard.advertisement.priority },
    // To the letter there is no telling who came back: whatever master is lower is left alone for the delay.
    patience: parameters.timing === 'rfc' ? patienceOf(parameters, now) : undefined,
    isReady: false,
  };
}

/** Of one that comes back: no master of lower priority is taken over from before `from`, or before the delay is over. */
function patienceOf(parameters: Parameters, from: Instant): Patience | undefined {
  const isNeedless = parameters.timing === 'rfc' && parameters.preemptDelay === 0;
  return isNeedless || !mayPreempt(parameters) ? undefined : { until: from, armed: false };
}

/** The owner of the addresses always preempts (RFC 9568 §6.1, Preempt_Mode). */
function mayPreempt(parameters: Parameters): boolean {
  return parameters.preempt || parameters.priority === OWNER_PRIORITY;
}

export function hearAsBackup(
  router: Router<Backup>,
  advertisement: Advertisement,
  source: IpAddress,
  now: Instant,
): Step {
  const { parameters } = router;
  const heard = { advertisement, source };
  if (advertisement.priority === RESIGN_PRIORITY) return hearResignation(router, source, now);
  if (!mayPreempt(parameters) || advertisement.priority >= parameters.priority)
    return { router: { parameters, state: waitForSilence(parameters, now, heard) }, effects: [] };
  return hearLowerPriority(router, heard, now);
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
 * hand-over skew. When it is we who came back, by a start, the end of a fault or a higher priority of our own, it is left alone for
 * the preempt delay, unless it sinks further. A third router's low word changes nothing for one that was outranked.
 */
function hearLowerPriority(router: Router<Backup>, heard: Heard, now: Instant): Step {
  const { parameters, state } = router;
  const { master, patience, isReady } = state;
  if (isReady) return { router, effects: [] };
  if (parameters.timing === 'rfc') {
    const isOver = patience === undefined || (patience.armed && now >= patience.until);
    return isOver ? { router, effects: [] } : leaveAlone(router, patience, heard, now);
  }
  if (
    heard.source === master?.address &&
    (patience === undefined || heard.advertisement.priority < master.priority)
  )
    return takeOverSoon(router, 'master-yielded', now);
  return patience === undefined ? { router, effects: [] } : leaveAlone(router, patience, heard, now);
}

/** The first word of a yielding master starts the short wait; repeating it does not prolong it. */
function takeOverSoon(router: Router<Backup>, waitingFor: Backup['waitingFor'], now: Instant): Step {
  const { parameters, state } = router;
  const soon = after(now, handOverSkew(parameters.version, parameters.priority, state.masterInterval));
  const masterDownAt = earlier(state.masterDownAt, soon);
  return {
    router: { parameters, state: { ...state, masterDownAt, waitingFor, patience: undefined } },
    effects: [],
  };
}

/**
 * Takes a lower master for what it is, and learns who it is: should it resign, sink or fall silent meanwhile, nothing is lost. With fast
 * timing the end of the patience is a takeover; to the letter, lower words are discarded from then on.
 */
function leaveAlone(router: Router<Backup>, patience: Patience, heard: Heard, now: Instant): Step {
  const { parameters } = router;
  const until = patience.armed ? patience.until : later(patience.until, after(now, parameters.preemptDelay));
  const waiting = { ...waitForSilence(parameters, now, heard), patience: { until, armed: true } };
  const isFirst = parameters.timing === 'fast' && until < waiting.masterDownAt;
  const state: Backup = isFirst
    ? { ...waiting, masterDownAt: later(now, until), waitingFor: 'lower-priority' }
    : waiting;
  return { router: { parameters, state }, effects: [] };
}

/**
 * New parameters: a backup keeps its place in the wait. One that rises above its master by its own doing comes back; one that sinks below
 * it, or may not preempt any more, has nothing to be patient with.
 */
export function retuneBackup(router: Router<Backup>, parameters: Parameters, now: Instant): Router<Backup> {
  const { state } = router;
  const former = router.parameters;
  const { master, patience } = state;
  if (state.isReady && parameters.joint) return { parameters, state };
  // Who has left its sync group waits for nobody's leave: its time is over.
  if (state.isReady) return { parameters, state: { ...state, isReady: false, masterDownAt: now } };
  const masterInterval = retimed(state, former, parameters);
  const isOutranked = master !== undefined && master.priority >= parameters.priority;
  if (state.waitingFor === 'lower-priority' && (isOutranked || !mayPreempt(parameters)))
    return { parameters, state: { ...waitForSilence(parameters, now, undefined), masterInterval, master } };
  const rises = master !== undefined && master.priority >= former.priority && !isOutranked;
  const comesBack = rises && parameters.preemptDelay > 0 && patience === undefined;
  const next = {
    ...state,
    masterInterval,
    patience: comesBack ? patienceOf(parameters, now) : patience,
  };
  if (state.waitingFor !== 'master-silent') return { parameters, state: next };
  const was = masterDownInterval(former.version, former.priority, state.masterInterval);
  const will = masterDownInterval(parameters.version, parameters.priority, masterInterval);
  const masterDownAt = later(now, instant(state.masterDownAt + will - was));
  return { parameters, state: { ...next, masterDownAt } };
}

/** Our own interval counts until the master's is known, and in version 2 always. */
function retimed({ master, masterInterval }: Backup, former: Parameters, parameters: Parameters): Duration {
  const isOurs = parameters.version === 2 || master === undefined;
  const hasChanged = parameters.advertisementInterval !== former.advertisementInterval;
  return isOurs && hasChanged ? parameters.advertisementInterval : masterInterval;
}
