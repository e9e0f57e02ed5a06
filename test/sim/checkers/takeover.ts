/**
 * A backup becomes master when it may and when it must, neither earlier nor later (RFC 9568 §6.4.2, RFC 3768 §6.4.2, and
 * the short hand-over of fast timing). The Active_Down_Timer is kept here a second time, from what the node hears.
 */

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
  master: number | undefined;
  waitsForSilence: boolean;
}

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
    if (watch !== undefined && node.state.name === 'backup' && watch.untilDuty.isOverdue(at))
      this.fail(node, `still backup, should have taken over at ${watch.until}`);
    if (event.kind === 'hears') this.#hear(event, watch, at);
    else if (event.kind === 'stepped') this.#follow(event, watch, at);
  }

  #hear({ node, advert }: Extract<SimEvent, { kind: 'hears' }>, watch: Watch | undefined, at: number): void {
    if (advert !== undefined) this.#lastAdverts[node.id] = advert;
    if (watch === undefined || advert === undefined || node.state.name !== 'backup') return;
    const { version, priority, preempt, timing } = node.parameters;
    const short = Math.min(
      (256 - priority) * HAND_OVER_STEP_US,
      skewUs(version, priority, watch.learntIntervalUs),
    );
    const isFromMaster = watch.master === advert.source;
    if (advert.priority === 0 && (timing === 'rfc' || watch.master === undefined))
      this.#set(node, watch, at, at + skewUs(version, priority, watch.learntIntervalUs), 'resigned');
    else if (advert.priority >= priority || (advert.priority > 0 && !preempt && priority !== OWNER))
      this.#learn(node, watch, advert, at);
    else if (timing === 'fast' && isFromMaster) {
      watch.from = Math.min(watch.from, at + short);
      this.#set(node, watch, at, Math.min(watch.until, at + short), 'yielded', watch.from);
    }
  }

  #learn(node: NodeView, watch: Watch, advert: Advert, at: number): void {
    const { version, priority, advertisementInterval } = node.parameters;
    watch.learntIntervalUs = version === 3 ? advert.intervalUs : advertisementInterval;
    watch.master = advert.source;
    this.#set(node, watch, at, at + downUs(version, priority, watch.learntIntervalUs), 'silence');
  }

  #set(node: NodeView, watch: Watch, at: number, until: number, why: string, from = until): void {
    watch.from = from;
    watch.until = until;
    watch.untilDuty = new Duty(node, at, Math.max(0, until - at) + REACTION_US);
    watch.waitsForSilence = why === 'silence';
  }

  #follow(event: Extract<SimEvent, { kind: 'stepped' }>, watch: Watch | undefined, at: number): void {
    const { node, before, after, input } = event;
    const from = before.state.name;
    const to = after.state.name;
    if (from === 'backup' && to === 'master') this.#checkTakeover(node, watch, at);
    if (from === 'backup' && to === 'backup' && input.type === 'parameters' && watch?.waitsForSilence)
      this.#retune(event, watch, at);
    if (from === to) return;
    this.#watches[node.id] = to === 'backup' ? this.#begin(event, at) : undefined;
  }

  #begin({ node, before, after }: Extract<SimEvent, { kind: 'stepped' }>, at: number): Watch {
    const heard = before.state.name === 'master' ? this.#lastAdverts[node.id] : undefined;
    const { version, priority, advertisementInterval } = after.parameters;
    const interval = version === 3 && heard !== undefined ? heard.intervalUs : advertisementInterval;
    const until = at + downUs(version, priority, interval);
    return {
      from: until,
      until,
      untilDuty: new Duty(node, at, until - at + REACTION_US),
      learntIntervalUs: interval,
      master: heard?.source,
      waitsForSilence: true,
    };
  }

  /** Another priority, another skew: the time that passed may count or not. */
  #retune({ node, before, after }: Extract<SimEvent, { kind: 'stepped' }>, watch: Watch, at: number): void {
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
