/**
 * Draining a node: in which order it lets go of its addresses on an operator's word, how long each step may take, and what is said
 * about it. One input makes one step, a step gives the next state and an ordered list of effects; deadlines are absolute and lie in
 * the state. Nothing here performs an effect or reads a clock.
 *
 * Backups are silent in VRRP, so a master cannot know that there is one: it lowers its priority and keeps the addresses until
 * another node takes them, and when nobody does it takes its priority back.
 */

import {
  after,
  between,
  type Duration,
  earlier,
  formatDuration,
  type Instant,
  seconds,
} from '../lib/time.ts';
import { HAND_OVER_HOLD, LOOK_EVERY, SAY_EVERY, SETTLE_AT_LEAST, SETTLE_AT_MOST } from './limits.ts';
import type {
  DrainEffect,
  DrainInput,
  DrainState,
  DrainStep,
  Emptying,
  Holding,
  Outcome,
  Securing,
  Settling,
  UnderWay,
  Yielding,
} from './state.ts';

/** Nothing is drained. */
export const IDLE: DrainState = { name: 'idle' };
/** The addresses are elsewhere, and every virtual router is kept away. */
export const DRAINED: DrainState = { name: 'drained' };

/** Whether a drain has begun and not ended. */
export function isUnderWay(state: DrainState): boolean {
  return state.name !== 'idle' && state.name !== 'drained';
}

/** When `timeout` is due; undefined when only an answer is waited for. */
export function nextDeadline(state: DrainState): Instant | undefined {
  switch (state.name) {
    case 'holding':
      return state.run.yieldAt;
    case 'settling':
      return state.lookAt === undefined ? state.by : earlier(state.lookAt, state.by);
    case 'emptying':
      return state.lookAt === undefined ? state.run.yieldAt : earlier(state.lookAt, state.run.yieldAt);
    case 'yielding':
      return [state.giveUpAt, state.heldUntil ?? state.giveUpAt].reduce(earlier, state.sayAt);
    default:
      return undefined;
  }
}

/** What one input does at this moment. An answer that nobody waits for any more does nothing. */
export function step(state: DrainState, input: DrainInput, now: Instant): DrainStep {
  if (input.type === 'undrain') return undrain(state);
  if (input.type === 'begin') return begin(state, input, now);
  if (state.name === 'idle' || state.name === 'drained') return unchanged(state);
  if (input.type === 'left') return leave(state, input.router);
  if (input.type === 'reloaded')
    return input.problem === undefined ? unchanged(state) : unchanged(warned(state, input.problem));
  switch (state.name) {
    case 'holding':
      return stepHolding(state, input, now);
    case 'settling':
      return stepSettling(state, input, now);
    case 'emptying':
      return stepEmptying(state, input, now);
    case 'yielding':
      return input.type === 'timeout' ? timeoutYielding(state, now) : unchanged(state);
    case 'securing':
      return stepSecuring(state, input);
    default:
      return unchanged(state);
  }
}

function unchanged(state: DrainState): DrainStep {
  return { state, effects: [] };
}

function warned<S extends DrainState & { readonly run: UnderWay }>(state: S, warning: string): S {
  if (state.run.warnings.includes(warning)) return state;
  return { ...state, run: { ...state.run, warnings: [...state.run.warnings, warning] } };
}

const say = (text: string): DrainEffect => ({ type: 'say', text });

function begin(state: DrainState, input: Extract<DrainInput, { type: 'begin' }>, now: Instant): DrainStep {
  if (isUnderWay(state)) return unchanged(state);
  const { force, masters, others, limits } = input;
  const keptAway: DrainEffect[] =
    others.length === 0 ? [] : [{ type: 'stand', routers: others, standing: 'away' }];
  const run: UnderWay = {
    force,
    takeOver: limits.takeOver,
    holding: masters,
    heldAny: masters.length > 0,
    yieldAt: after(now, limits.empty),
    warnings: [],
  };
  if (masters.length === 0)
    return {
      state: { name: 'securing', run, saved: false, letIn: true },
      effects: [...keptAway, { type: 'save' }],
    };
  const heldUntil = after(run.yieldAt, HAND_OVER_HOLD);
  return {
    state: { name: 'holding', run, heldUntil },
    effects: [
      ...keptAway,
      say('new connections are held off'),
      { type: 'holdOff', lease: between(now, heldUntil) },
    ],
  };
}

/** Until the packet filter has answered, or for so long that the connections had their time anyway. */
function stepHolding(state: Holding, input: DrainInput, now: Instant): DrainStep {
  if (input.type === 'timeout')
    return now < state.run.yieldAt
      ? unchanged(state)
      : yieldAddresses(warned(state, 'the packet filter did not answer in time'), now);
  if (input.type !== 'heldOff') return unchanged(state);
  const { run, heldUntil } = input.problem === undefined ? state : warned(state, input.problem);
  const by = earlier(run.yieldAt, after(now, SETTLE_AT_MOST));
  const lookAt = earlier(by, after(now, SETTLE_AT_LEAST));
  return { state: { name: 'settling', run, heldUntil, by, lookAt }, effects: [] };
}

/** Handshakes under way are finished first: what the old workers accepted, they also serve and close. */
function stepSettling(state: Settling, input: DrainInput, now: Instant): DrainStep {
  if (input.type === 'timeout') {
    if (now >= state.by) return closeIdle(state);
    return lookIfDue(state, now);
  }
  if (input.type !== 'looked') return unchanged(state);
  if (input.census === undefined) return closeIdle(warned(state, input.problem));
  const { handshakes, queued } = input.census;
  return handshakes + queued === 0
    ? closeIdle(state)
    : unchanged({ ...state, lookAt: after(now, LOOK_EVERY) });
}

function lookIfDue<S extends Settling | Emptying>(state: S, now: Instant): DrainStep {
  if (state.lookAt === undefined || now < state.lookAt) return unchanged(state);
  return { state: { ...state, lookAt: undefined }, effects: [{ type: 'look' }] };
}

function closeIdle({ run, heldUntil }: Settling): DrainStep {
  return {
    state: { name: 'emptying', run, heldUntil, lookAt: undefined, open: undefined },
    effects: [
      say('nginx is told to finish its requests and to close idle connections'),
      { type: 'reload' },
      { type: 'look' },
    ],
  };
}

function stepEmptying(state: Emptying, input: DrainInput, now: Instant): DrainStep {
  if (input.type === 'timeout') {
    if (now < state.run.yieldAt) return lookIfDue(state, now);
    return state.open === undefined
      ? yieldAddresses(state, now)
      : yieldAddresses(warned(state, stillOpen(state.open)), now);
  }
  if (input.type !== 'looked') return unchanged(state);
  const { census } = input;
  // Blind, the connections get the time that they may take.
  if (census === undefined) return unchanged(warned(state, input.problem));
  const open = census.handshakes + census.connections;
  return open === 0
    ? yieldAddresses(state, now)
    : unchanged({ ...state, open, lookAt: after(now, LOOK_EVERY) });
}

const stillOpen = (open: number): string =>
  `${open} connection${open === 1 ? ' was' : 's were'} still open when the time for them was over`;

function yieldAddresses({ run, heldUntil }: Holding | Emptying, now: Instant): DrainStep {
  return {
    state: {
      name: 'yielding',
      run,
      heldUntil,
      begunAt: now,
      giveUpAt: after(now, run.takeOver),
      sayAt: after(now, SAY_EVERY),
    },
    effects: [
      say('priority 1 is advertised; the addresses stay until another node takes them'),
      { type: 'stand', routers: run.holding, standing: 'yielding' },
    ],
  };
}

function timeoutYielding(state: Yielding, now: Instant): DrainStep {
  if (now >= state.giveUpAt) return state.run.force ? resign(state) : takeBack(state);
  const holdEnds = state.heldUntil !== undefined && now >= state.heldUntil;
  const sayNow = now >= state.sayAt;
  const effects: DrainEffect[] = [];
  if (holdEnds) effects.push(say('new connections are let in again'), { type: 'letIn' });
  if (sayNow) effects.push(say(waitingText(state, now)));
  return {
    state: {
      ...state,
      heldUntil: holdEnds ? undefined : state.heldUntil,
      sayAt: sayNow ? after(now, SAY_EVERY) : state.sayAt,
    },
    effects,
  };
}

function waitingText({ begunAt, run }: Yielding, now: Instant): string {
  const whole = (span: Duration): string => formatDuration(seconds(Math.round(span / seconds(1))));
  return `nobody took over yet: waiting for ${whole(between(begunAt, now))} of at most ${whole(run.takeOver)}`;
}

/** Nobody came: as it was before. */
function takeBack({ run }: Yielding): DrainStep {
  return {
    state: IDLE,
    effects: [
      { type: 'stand', routers: 'all', standing: 'full' },
      { type: 'letIn' },
      finish(
        'failed',
        `no other node took over ${run.holding.join(', ')} within ${formatDuration(run.takeOver)} of priority 1, so the priority is back and the addresses are still here. Either no other node runs, or it is in fault or drained itself, or it may not preempt (preempt: false). "locum drain --force" gives the addresses up all the same`,
        run,
      ),
    ],
  };
}

function resign(state: Yielding): DrainStep {
  const run = warned(
    state,
    'no other node took over: the addresses were given up, and nobody may serve them',
  ).run;
  return {
    state: { name: 'resigning', run },
    effects: [
      say('nobody took over; the addresses are given up'),
      { type: 'stand', routers: run.holding, standing: 'away' },
    ],
  };
}

/** A virtual router has released its addresses, whoever brought that about. */
function leave(state: Exclude<DrainState, { name: 'idle' | 'drained' }>, router: string): DrainStep {
  if (!state.run.holding.includes(router)) return unchanged(state);
  const run = { ...state.run, holding: state.run.holding.filter(name => name !== router) };
  const gone: DrainEffect = { type: 'stand', routers: [router], standing: 'away' };
  if (run.holding.length > 0) return { state: { ...state, run }, effects: [gone] };
  return {
    state: { name: 'securing', run, saved: false, letIn: false },
    effects: [gone, say('the addresses are gone from here'), { type: 'letIn' }, { type: 'save' }],
  };
}

function stepSecuring(state: Securing, input: DrainInput): DrainStep {
  if (input.type !== 'saved' && input.type !== 'letIn') return unchanged(state);
  const next = input.problem === undefined ? state : warned(state, input.problem);
  const saved = next.saved || input.type === 'saved';
  const letIn = next.letIn || input.type === 'letIn';
  if (!saved || !letIn) return unchanged({ ...next, saved, letIn });
  const { run } = next;
  const where = run.heldAny ? 'handed over' : 'this node did not hold the addresses';
  return {
    state: DRAINED,
    effects: [finish('drained', `${where}; it stays away until "locum undrain"`, run)],
  };
}

/** Takes part again, whatever was under way. */
function undrain(state: DrainState): DrainStep {
  const effects: DrainEffect[] = [{ type: 'stand', routers: 'all', standing: 'full' }, { type: 'forget' }];
  if (state.name === 'idle' || state.name === 'drained') return { state: IDLE, effects };
  return {
    state: IDLE,
    effects: [
      ...effects,
      { type: 'letIn' },
      finish('cancelled', 'an operator asked to undrain meanwhile', state.run),
    ],
  };
}

function finish(kind: Outcome['kind'], text: string, { warnings }: UnderWay): DrainEffect {
  return { type: 'finish', outcome: { kind, text, warnings } };
}
