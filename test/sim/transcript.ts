/** The last things that happened, in words: what a finding is read with. */

import type { Duration } from '../../src/lib/time.ts';
import { formatDuration } from '../../src/lib/time.ts';
import type { Effect, Input } from '../../src/vrrp/state.ts';
import type { Advert } from './packets.ts';
import type { Observer, SimEvent } from './trace.ts';

export class Transcript implements Observer {
  readonly #limit: number;
  readonly #lines: string[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  observe(event: SimEvent, at: number): void {
    const words = describe(event);
    if (words === undefined) return;
    const who = 'node' in event ? event.node.config.name : '-';
    this.#lines.push(`${(at / 1e6).toFixed(6).padStart(13)}  ${who}  ${words}`);
    if (this.#lines.length > this.#limit) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

/** Undefined for what the events around it say already. */
function describe(event: SimEvent): string | undefined {
  switch (event.kind) {
    case 'note':
      return `* ${event.text}`;
    case 'stepped':
      return describeStep(event);
    case 'hears':
      return `hears ${event.advert === undefined ? `${event.packet.length} octets of junk` : describeAdvert(event.advert)}`;
    case 'begins':
      return `${event.operation} begins${event.leaseSeconds === undefined ? '' : ` (${event.leaseSeconds} s)`}`;
    case 'ends':
      return event.failure === undefined
        ? `${event.operation} done`
        : `${event.operation} FAILS: ${event.failure}`;
    case 'sent':
      return `sends priority ${event.packet[22]}`;
    case 'added':
      return `has ${event.address}`;
    case 'removed':
      return `lost ${event.address}: ${event.cause}`;
    case 'announced':
      return `gratuitous ARP near ${event.near.config.name}: ${event.mac}`;
    case 'watched':
      return describeWatched(event);
    case 'found':
      return `${event.occasion} of tracker ${event.tracker}: ${describeFound(event)}`;
    case 'health':
      return `tracker ${event.tracker} is ${event.health.toUpperCase()}${event.value === undefined ? '' : ` (${event.value})`}`;
    case 'drainAsked':
      return `== drain${event.force ? ' --force' : ''}`;
    case 'drainEnded':
      return `== drain ended: ${event.outcome}`;
    case 'heard':
    case 'checks':
      return undefined;
    default:
      return `== ${event.kind}`;
  }
}

function describeWatched({ node, tracker }: Extract<SimEvent, { kind: 'watched' }>): string {
  const expected = node.trackers[tracker]?.expected;
  return `what tracker ${tracker} watches: ${expected === undefined ? 'unclear' : describeFound(expected)}`;
}

function describeFound({
  ok,
  value,
}: {
  readonly ok: boolean | undefined;
  readonly value: number | undefined;
}): string {
  if (ok === undefined) return 'no evidence';
  return `${ok ? 'good' : 'bad'}${value === undefined ? '' : ` (${value})`}`;
}

function describeAdvert({ source, priority, intervalUs }: Advert): string {
  return `.${source & 0xff} priority ${priority}, interval ${formatDuration(intervalUs as Duration)}`;
}

function describeStep({
  input,
  before,
  after,
  effects,
  deadline,
}: Extract<SimEvent, { kind: 'stepped' }>): string {
  const from = before.state.name;
  const to = after.state.name;
  const wake = deadline === undefined ? 'no deadline' : `next ${(deadline / 1e6).toFixed(6)}`;
  const state = from === to ? to : `${from} -> ${to.toUpperCase()}`;
  const what = effects.map(describeEffect).filter(word => word !== undefined);
  return `${describeInput(input)}: ${state} (${after.parameters.priority}), ${wake}${what.length === 0 ? '' : `; ${what.join(', ')}`}`;
}

function describeInput(input: Input): string {
  switch (input.type) {
    case 'effectFailed':
      return `effect failed (${input.effect})`;
    case 'parameters':
      return `priority is now ${input.parameters.priority}`;
    case 'fault':
      return `fault (${input.cause})`;
    default:
      return input.type;
  }
}

function describeEffect(effect: Effect): string | undefined {
  if (effect.type === 'advertise') return `advertise ${effect.priority}`;
  return effect.type === 'stateChanged' ? undefined : effect.type;
}
