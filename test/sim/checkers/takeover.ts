/**
 * A backup becomes master when it may and when it must, neither earlier nor later (RFC 9568 §6.4.2, RFC 3768 §6.4.2, the
 * short hand-over of fast timing, and the preempt delay of one that came back). The Active_Down_Timer is kept here a second time, from what the node hears.
 */

import type { Parameters } from '../../../src/vrrp/parameters.ts';
import { type Advert, judge } from '../packets.ts';
import type { NodeView, SimEvent } from '../trace.ts';
import { Checker, Duty, downUs, REACTION_US, skewUs } from './checker.ts';

const OWNER = 255;
const HAND_OVER_STEP_US = 40;

/** When a backup may act, and when it must: the same but after a change of parameters, where either way will do. */
interface Watch {
  from: number;
  until: number;
  untilDuty: Duty;
  learntIntervalUs: number;
  master: Pick<Advert, 'source' | 'priority'> | undefined;
  waitsFor: Reason;
  /** A lower master is left alone for a while: that of one that came back, or (to the letter) any. */
  patience: { readonly notBefore: number; readonly end: number | undefined } | undefined;
}

type Reason = 'silence' | 'resignation' | 'yielding' | 'patience';

const mayPreempt = ({ preempt, priority }: Parameters): boolean => preempt || priority === OWNER;

export class Takeover extends Checker {
  readonly name = 'takeover';
  readonly kinds = ['killed', 'left', 'started', 'hears', 'stepped'] as const;
  readonly #watches: (Watch | undefined)[] = this.forEachNode(() => undefined);
  readonly #lastAdverts: (Advert | undefined)[] = this.forEachNode(() => undefined);

  observe(event: SimEvent, at: number): void {
    if (!('node' in event)) return;
    const { node } = event;
    if (event.kind === 'killed' || event.kind === 'left' || event.kind === 'started') {
      this.#watches[node.id] = undefined;
      return;
    }
    const watch = this.#watches[node.id];
    const isFree = node.state.name === 'backup' && !node.parameters.joint;
    if (watch !== undefined && isFree && watch.untilDuty.isOverdue(at))
      this.fail(node, `still backup, should have taken over at ${watch.until}`);
    if (event.kind === 'hears') this.#hear(event, watch, at);
    else if (event.kind === 'stepped') this.#follow(event, watch, at);
  }

  #hear({ node, advert }: Extract<SimEvent, { kind: 'hears' }>, watch: Watch | undefined, at: number): void {
    if (advert !== undefined) this.#lastAdverts[node.id] = advert;
    if (watch === undefined || advert === undefined || node.state.name !== 'backup') return;
    const { version, priority, timing } = node.parameters;
    // A member that waits for its group heeds only those that outrank it.
    const isHeeded = advert.priority >= priority || (advert.priority > 0 && !mayPreempt(node.parameters));
    if (node.parameters.joint && at >= watch.until && !isHeeded) return;
    const short = Math.min(
      (256 - priority) * HAND_OVER_STEP_US,
      skewUs(version, priority, watch.learntIntervalUs),
    );
    if (advert.priority === 0 && (timing === 'rfc' || watch.master === undefined))
      this.#set(node, watch, at, at + skewUs(version, priority, watch.learntIntervalUs), 'resignation');
    else if (isHeeded) this.#learn(node, watch, advert, at);
    else if (givesWay(watch, advert, timing)) {
      watch.patience = undefined;
      watch.from = Math.min(watch.from, at + short);
      this.#set(node, watch, at, Math.min(watch.until, at + short), 'yielding', watch.from);
    } else if (advert.priority > 0) this.#beOutwaited(node, watch, advert, at);
  }

  /** A lower master that goes on. */
  #beOutwaited(node: NodeView, watch: Watch, advert: Advert, at: number): void {
    const { patience } = watch;
    const { timing, preemptDelay } = node.parameters;
    if (patience === undefined) return;
    if (timing === 'rfc' && patience.end !== undefined && at >= patience.end) return;
    const end = patience.end ?? Math.max(patience.notBefore, at + preemptDelay);
    this.#learn(node, watch, advert, at);
    watch.patience = { ...patience, end };
    if (timing === 'fast' && end < watch.until) this.#set(node, watch, at, end, 'patience');
  }

  #learn(node: NodeView, watch: Watch, advert: Advert, at: number): void {
    const { version, priority, advertisementInterval } = node.parameters;
    watch.learntIntervalUs = version === 3 ? advert.intervalUs : advertisementInterval;
    watch.master = advert;
    watch.patience = patienceToTheLetter(node.parameters, at);
    this.#set(node, watch, at, at + downUs(version, priority, watch.learntIntervalUs), 'silence');
  }

  #set(node: NodeView, watch: Watch, at: number, until: number, why: Reason, from = until): void {
    watch.from = from;
    watch.until = until;
    watch.untilDuty = new Duty(node, at, Math.max(0, until - at) + REACTION_US);
    watch.waitsFor = why;
  }

  #follow(event: Extract<SimEvent, { kind: 'stepped' }>, watch: Watch | undefined, at: number): void {
    const { node, before, after, input } = event;
    const from = before.state.name;
    const to = after.state.name;
    if (from === 'backup' && to === 'master') this.#checkTakeover(node, watch, at);
    if (from === 'backup' && to === 'backup' && input.type === 'parameters' && watch !== undefined)
      this.#retune(event, watch, at);
    if (from === to) return;
    this.#watches[node.id] = to === 'backup' ? this.#begin(event, at) : undefined;
  }

  #begin({ node, before, after, input }: Extract<SimEvent, { kind: 'stepped' }>, at: number): Watch {
    const heard = input.type === 'advert' ? this.#lastAdverts[node.id] : undefined;
    const { version, priority, advertisementInterval } = after.parameters;
    const interval = version === 3 && heard !== undefined ? heard.intervalUs : advertisementInterval;
    const ownWait = input.type === 'stepDown' ? input.wait : 0;
    const isReady = after.parameters.joint && priority === OWNER && before.state.name !== 'master';
    const until = isReady ? at : at + ownWait + downUs(version, priority, interval);
    return {
      from: until,
      until,
      untilDuty: new Duty(node, at, until - at + REACTION_US),
      learntIntervalUs: interval,
      master: heard,
      waitsFor: 'silence',
      patience:
        before.state.name === 'master' || !mayPreempt(after.parameters)
          ? patienceToTheLetter(after.parameters, at)
          : patienceOfOneThatCameBack(after.parameters, until),
    };
  }

  /** Another priority, another place beside the master. */
  #retune(event: Extract<SimEvent, { kind: 'stepped' }>, watch: Watch, at: number): void {
    const { node, before, after } = event;
    const theirs = watch.master?.priority;
    const { priority, version, preemptDelay } = after.parameters;
    if (watch.waitsFor === 'patience' && theirs !== undefined && theirs >= priority) {
      watch.patience = undefined;
      this.#set(node, watch, at, at + downUs(version, priority, watch.learntIntervalUs), 'silence');
      return;
    }
    const rises = theirs !== undefined && theirs >= before.parameters.priority && theirs < priority;
    if (rises && preemptDelay > 0 && mayPreempt(after.parameters))
      watch.patience ??= { notBefore: at, end: undefined };
    if (watch.waitsFor === 'silence') this.#shift(event, watch, at);
  }

  /** Another priority, another skew: the time that passed may count or not. */
  #shift({ node, before, after }: Extract<SimEvent, { kind: 'stepped' }>, watch: Watch, at: number): void {
    const { version } = after.parameters;
    const change =
      skewUs(version, after.parameters.priority, watch.learntIntervalUs) -
      skewUs(version, before.parameters.priority, watch.learntIntervalUs);
    const from = Math.min(watch.from, watch.from + change);
    const until = Math.max(at, watch.until, watch.until + change);
    this.#set(node, watch, at, until, 'silence', from);
  }

  #checkTakeover(node: NodeView, watch: Watch | undefined, at: number): void {
    if (watch === undefined || at < watch.from - 1)
      this.fail(node, `took over at ${at}, may not before ${watch?.from}`);
    for (const packet of node.unread) {
      const advert = judge(packet, node.parameters);
      if (advert !== undefined && advert.priority >= node.parameters.priority)
        this.fail(node, 'took over from a master whose advertisement it had not read');
    }
  }
}

/** With fast timing: the current master resigns, or sinks; after a settled one sank, every low word of it says so again. */
function givesWay({ master, patience }: Watch, advert: Advert, timing: Parameters['timing']): boolean {
  if (timing === 'rfc' || master === undefined || master.source !== advert.source) return false;
  return patience === undefined || advert.priority < master.priority;
}

function patienceToTheLetter(parameters: Parameters, at: number): Watch['patience'] {
  const isPatient = parameters.timing === 'rfc' && parameters.preemptDelay > 0 && mayPreempt(parameters);
  return isPatient ? { notBefore: at, end: undefined } : undefined;
}

function patienceOfOneThatCameBack(parameters: Parameters, until: number): Watch['patience'] {
  const isPatient = parameters.timing === 'fast' || parameters.preemptDelay > 0;
  return isPatient ? { notBefore: until, end: undefined } : undefined;
}
