/**
 * The virtual router: its states, what each input does, and when it must be woken (RFC 9568 §6.4, RFC 3768 §6.4).
 *
 * One input makes one step; a step gives the next router and an ordered list of effects, and the order is the contract.
 * Deadlines are absolute and live in the state, so a timeout that comes too early does nothing and one that comes late
 * does its work once. Nothing here performs an effect, reads a clock or draws a random number.
 */

import { unreachable } from '../lib/assert.ts';
import { after, type Instant } from '../lib/time.ts';
import { hearAsBackup, retuneBackup, toBackup } from './backup.ts';
import {
  failAsMaster,
  hearAsMaster,
  reassert,
  resign,
  retuneMaster,
  stepDown,
  timeoutAsMaster,
  toMaster,
} from './master.ts';
import { OWNER_PRIORITY, type Parameters } from './parameters.ts';
import type { Backup, EffectName, Fault, Input, Master, Reason, Router, Step } from './state.ts';
import { FAULT_HOLD_OFF } from './timing.ts';

/** A router that takes no part yet (RFC 9568 §6.4.1). */
export function createRouter(parameters: Parameters): Router {
  return { parameters, state: { name: 'init' } };
}

/** When `timeout` is due, and what for; undefined when the router waits for nothing but the outside. */
export function nextDeadline(router: Router): Deadline | undefined {
  const { state } = router;
  switch (state.name) {
    case 'init':
      return undefined;
    case 'backup':
      return state.isReady ? undefined : { at: state.masterDownAt, reason: state.waitingFor };
    case 'master':
      return masterDeadline(state);
    case 'fault':
      return state.retryAt === undefined ? undefined : { at: state.retryAt, reason: 'retry' };
    default:
      return unreachable(state);
  }
}

interface Deadline {
  readonly at: Instant;
  readonly reason: string;
}

function masterDeadline(state: Master): Deadline {
  const waits: Deadline[] = [{ at: state.advertiseAt, reason: 'advertise' }];
  const announceAt = state.announceAt[0];
  if (announceAt !== undefined) waits.push({ at: announceAt, reason: 'announce' });
  if (state.reassertPending) waits.push({ at: state.reassertFrom, reason: 'reassert' });
  return waits.reduce((first, next) => (next.at < first.at ? next : first));
}

/** What one input does at this moment. */
export function step(router: Router, input: Input, now: Instant): Step {
  if (input.type === 'parameters') return retune(router, input.parameters, now);
  if (input.type === 'shutdown') return shutdown(router);
  const { state, parameters } = router;
  switch (state.name) {
    case 'init':
      return input.type === 'startup' ? startup(router, input.fault, now) : unchanged(router);
    case 'backup':
      return stepBackup({ parameters, state }, input, now);
    case 'master':
      return stepMaster({ parameters, state }, input, now);
    case 'fault':
      return stepFault({ parameters, state }, input, now);
    default:
      return unreachable(state);
  }
}

/** What the states answer differently; the rest is the same in all of them. */
type StateInput = Exclude<Input, { type: 'parameters' | 'shutdown' }>;

function unchanged(router: Router): Step {
  return { router, effects: [] };
}

function startup(router: Router, fault: string | undefined, now: Instant): Step {
  if (fault !== undefined) return toFault(router, { cause: fault }, 'fault', fault);
  return takePart(router, 'startup', 'started', now);
}

/** The owner is master at once (RFC 9568 §6.4.1), in a sync group as soon as it is let. */
function takePart(router: Router, reason: Reason, detail: string, now: Instant): Step {
  if (router.parameters.priority !== OWNER_PRIORITY) return toBackup(router, reason, detail, now);
  if (!router.parameters.joint) return toMaster(router, 'owner', 'owns the addresses', now);
  const step = toBackup(router, reason, detail, now);
  return { ...step, router: readied(step.router) };
}

function readied(router: Router<Backup>): Router<Backup> {
  return { ...router, state: { ...router.state, isReady: true } };
}

function shutdown(router: Router): Step {
  const { state, parameters } = router;
  if (state.name === 'init') return unchanged(router);
  return {
    router: { parameters, state: { name: 'init' } },
    effects: [
      ...(state.name === 'master' ? resign() : []),
      { type: 'stateChanged', from: state.name, to: 'init', reason: 'shutdown', detail: 'stopped' },
    ],
  };
}

function stepBackup(router: Router<Backup>, input: StateInput, now: Instant): Step {
  const { state } = router;
  switch (input.type) {
    case 'timeout':
      if (state.isReady || now < state.masterDownAt) return unchanged(router);
      return router.parameters.joint ? unchanged(readied(router)) : takeOver(router, now);
    case 'rise':
      return state.isReady ? takeOver(router, now) : unchanged(router);
    case 'advert':
      return hearAsBackup(router, input.advertisement, input.source, now);
    case 'fault':
      return toFault(router, { cause: input.cause }, 'fault', input.cause);
    default:
      return unchanged(router);
  }
}

function takeOver(router: Router<Backup>, now: Instant): Step {
  return toMaster(router, router.state.waitingFor, takeoverDetail(router.state), now);
}

function takeoverDetail(state: Backup): string {
  const who = state.master === undefined ? 'the master' : `the master ${state.master.address}`;
  if (state.waitingFor === 'master-resigned') return `${who} resigned`;
  if (state.waitingFor === 'master-yielded') return `${who} advertises a lower priority`;
  if (state.waitingFor === 'lower-priority')
    return `${who} has a lower priority and was left alone long enough`;
  return state.master === undefined ? 'no master that outranks us was heard' : `${who} fell silent`;
}

function stepMaster(router: Router<Master>, input: StateInput, now: Instant): Step {
  switch (input.type) {
    case 'timeout':
      return timeoutAsMaster(router, now);
    case 'advert':
      return hearAsMaster(router, input.advertisement, input.source, now);
    case 'fault':
      return toFault(router, { cause: input.cause }, 'fault', input.cause);
    case 'addressLost':
      return reassert(router, now);
    case 'stepDown':
      return stepDown(router, input.detail, input.wait, now);
    case 'effectFailed': {
      const outcome = failAsMaster(router, input.effect, now);
      if (outcome.kind === 'hold') return unchanged(outcome.router);
      const detail = `${EFFECT_WORDS[input.effect]}: ${input.message}`;
      return toFault(router, { retryAt: after(now, FAULT_HOLD_OFF) }, 'effect-failed', detail);
    }
    default:
      return unchanged(router);
  }
}

const EFFECT_WORDS: Readonly<Record<EffectName, string>> = {
  advertise: 'advertisements cannot be sent',
  acquireAddresses: 'the addresses cannot be held',
  announceAddresses: 'the addresses cannot be announced',
  releaseAddresses: 'the addresses cannot be released',
};

function toFault(router: Router, why: Partial<Omit<Fault, 'name'>>, reason: Reason, detail: string): Step {
  const { state, parameters } = router;
  const fault: Fault = { name: 'fault', cause: why.cause, retryAt: why.retryAt };
  return {
    router: { parameters, state: fault },
    effects: [
      ...(state.name === 'master' ? resign() : []),
      { type: 'stateChanged', from: state.name, to: 'fault', reason, detail },
    ],
  };
}

function stepFault(router: Router<Fault>, input: StateInput, now: Instant): Step {
  const { parameters, state } = router;
  switch (input.type) {
    case 'fault':
      return unchanged({ parameters, state: { ...state, cause: input.cause } });
    case 'faultCleared':
      return leaveFaultIfFree({ parameters, state: { ...state, cause: undefined } }, now);
    case 'timeout':
      if (state.retryAt === undefined || now < state.retryAt) return unchanged(router);
      return leaveFaultIfFree({ parameters, state: { ...state, retryAt: undefined } }, now);
    default:
      return unchanged(router);
  }
}

function leaveFaultIfFree(router: Router<Fault>, now: Instant): Step {
  const { cause, retryAt } = router.state;
  if (cause !== undefined || retryAt !== undefined) return unchanged(router);
  return takePart(router, 'fault-cleared', 'nothing stands against us any more', now);
}

/** New parameters while running: a master says at once what it is worth now. */
function retune(router: Router, parameters: Parameters, now: Instant): Step {
  const { state } = router;
  if (state.name === 'master') return retuneMaster({ parameters: router.parameters, state }, parameters, now);
  if (state.name === 'backup')
    return unchanged(retuneBackup({ parameters: router.parameters, state }, parameters, now));
  return unchanged({ parameters, state });
}
