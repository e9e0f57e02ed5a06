/**
 * What a node says, and when, however long it waits for its addresses meanwhile: only a master advertises, at least once an interval, what it is configured with and worth at
 * that time (RFC 9568 §5 and §6.4.3); priority 0 comes from one that just stopped being master, once.
 */

import type { IpAddress } from '../../../src/lib/ip-address.ts';
import { type Advert, judge, toNumber } from '../packets.ts';
import type { NodeView, SimEvent } from '../trace.ts';
import { Checker, Duty, REACTION_US, toSpeakIn } from './checker.ts';

/** The ears of somebody else. */
const LISTENER = '198.18.51.250' as IpAddress;

interface Speaker {
  /** The next regular advertisement. */
  toSpeak: Duty | undefined;
  toResign: Duty | undefined;
  /** With fast timing: a changed priority. */
  toTellPriority: Duty | undefined;
  /** Resignations that were not said yet. */
  resignations: number;
  /** The addresses are to be released: nothing may be said before that but the resignation that goes before it. */
  isReleasing: boolean;
  /** Priorities that were right a moment ago. */
  outdated: { readonly priority: number; readonly until: Duty }[];
}

export class Adverts extends Checker {
  readonly name = 'adverts';
  readonly kinds = ['started', 'killed', 'left', 'stepped', 'begins', 'ends', 'hears'] as const;
  readonly #speakers = this.forEachNode(silent);

  observe(event: SimEvent, at: number): void {
    if (!('node' in event)) return;
    const { node } = event;
    if (event.kind === 'started' || event.kind === 'killed' || event.kind === 'left') {
      if (event.kind === 'left' && this.#speakers[node.id]?.toResign !== undefined)
        this.fail(node, 'left without priority 0');
      this.#speakers[node.id] = silent();
      return;
    }
    const speaker = this.#speakers[node.id];
    if (speaker === undefined || !node.alive) return;
    this.#checkDuties(node, speaker, at);
    if (event.kind === 'ends' && event.operation === 'releaseAddresses') speaker.isReleasing = false;
    if (event.kind === 'stepped') this.#followStep(event, speaker, at);
    else if (event.kind === 'begins' && event.packet !== undefined)
      this.#checkAdvert(node, speaker, event.packet, at);
  }

  #checkDuties(node: NodeView, speaker: Speaker, at: number): void {
    if (speaker.toSpeak?.isOverdue(at)) this.fail(node, 'a master silent for longer than its interval');
    if (speaker.toResign?.isOverdue(at)) this.fail(node, 'stopped being master without priority 0');
    if (speaker.toTellPriority?.isOverdue(at)) this.fail(node, 'its new priority was not advertised at once');
  }

  #followStep(event: Extract<SimEvent, { kind: 'stepped' }>, speaker: Speaker, at: number): void {
    const { node, before, after, input } = event;
    const from = before.state.name;
    const to = after.state.name;
    const { priority, timing } = after.parameters;
    if (before.parameters.priority !== priority) {
      speaker.outdated = speaker.outdated.filter(({ until }) => !until.isOverdue(at));
      speaker.outdated.push({ priority: before.parameters.priority, until: new Duty(node, at, REACTION_US) });
      if (to === 'master' && timing === 'fast')
        speaker.toTellPriority = this.#toSay(node, speaker, at, REACTION_US);
    }
    if (from === to) return;
    speaker.toTellPriority = undefined;
    speaker.toSpeak = to === 'master' ? this.#toSay(node, speaker, at, REACTION_US) : undefined;
    if (from !== 'master') return;
    const resigns = to !== 'backup' || input.type === 'stepDown';
    if (resigns) speaker.toResign = this.#toSay(node, speaker, at, REACTION_US);
    speaker.isReleasing = true;
    // With fast timing giving way ends with a resignation too, but only when the release is done.
    if (resigns || timing === 'fast') speaker.resignations++;
  }

  #checkAdvert(node: NodeView, speaker: Speaker, packet: Uint8Array, at: number): void {
    const advert = judge(packet, { ...node.parameters, primaryAddress: LISTENER });
    if (advert === undefined) this.fail(node, 'sends a packet that nobody may believe');
    this.#checkContent(node, advert);
    if (advert.priority === 0) {
      if (speaker.resignations === 0) this.fail(node, 'priority 0 without a resignation');
      speaker.resignations--;
      speaker.toResign = undefined;
      return;
    }
    if (node.state.name !== 'master') this.fail(node, `a ${node.state.name} advertises ${advert.priority}`);
    const isCurrent = advert.priority === node.parameters.priority;
    if (!isCurrent && !speaker.outdated.some(o => o.priority === advert.priority && !o.until.isOverdue(at)))
      this.fail(node, `advertises ${advert.priority}, its priority is ${node.parameters.priority}`);
    if (isCurrent) speaker.toTellPriority = undefined;
    speaker.toSpeak = this.#toSay(node, speaker, at, node.parameters.advertisementInterval + REACTION_US);
  }

  /** Behind a release that waits for an acquisition, words wait for both. */
  #toSay(node: NodeView, { isReleasing }: Speaker, at: number, allowanceUs: number): Duty {
    return new Duty(node, at, allowanceUs, isReleasing ? undefined : toSpeakIn);
  }

  #checkContent(node: NodeView, advert: Advert): void {
    const { primaryAddress, addresses, advertisementInterval, checksum, version } = node.parameters;
    const isRight =
      advert.source === toNumber(primaryAddress) &&
      advert.intervalUs === advertisementInterval &&
      advert.addresses.length === addresses.length &&
      addresses.every((address, i) => advert.addresses[i] === toNumber(address)) &&
      advert.pseudoHeader === (version === 3 && checksum === 'pseudo-header');
    if (!isRight) this.fail(node, `advertises what it is not configured with: ${JSON.stringify(advert)}`);
  }
}

function silent(): Speaker {
  return {
    toSpeak: undefined,
    toResign: undefined,
    toTellPriority: undefined,
    resignations: 0,
    isReleasing: false,
    outdated: [],
  };
}
