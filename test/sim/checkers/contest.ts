/**
 * How a master answers another's advertisement (RFC 9568 §6.4.3): it yields at once to a higher priority, or to an equal one
 * from a higher address; to anything else it answers that it is master, soon, and announces its addresses again.
 */

import { toNumber } from '../packets.ts';
import type { NodeView, SimEvent } from '../trace.ts';
import { Checker, Duty, REACTION_US } from './checker.ts';

const SPACING_US = 100_000;

interface Answer {
  advert: Duty | undefined;
  announcement: Duty | undefined;
}

export class Contest extends Checker {
  readonly name = 'contest';
  readonly kinds = ['hears', 'heard', 'begins', 'stepped', 'killed', 'left'] as const;
  readonly #answers: Answer[] = this.forEachNode(() => ({ advert: undefined, announcement: undefined }));
  /** For the packet that a node hears now. */
  #expected: 'yield' | 'stay' | undefined;

  observe(event: SimEvent, at: number): void {
    if (!('node' in event)) return;
    const { node } = event;
    const answer = this.#answers[node.id];
    if (answer === undefined) return;
    if (!node.alive || node.state.name !== 'master') {
      answer.advert = undefined;
      answer.announcement = undefined;
    }
    if (answer.advert?.isOverdue(at)) this.fail(node, 'did not answer a losing advertisement');
    if (answer.announcement?.isOverdue(at)) this.fail(node, 'did not announce its addresses again');
    if (event.kind === 'hears') this.#expect(event, answer, at);
    else if (event.kind === 'heard') this.#check(node);
    else if (event.kind === 'begins' && event.operation === 'advertise') answer.advert = undefined;
    else if (event.kind === 'begins' && event.operation === 'announceAddresses')
      answer.announcement = undefined;
  }

  #expect(event: Extract<SimEvent, { kind: 'hears' }>, answer: Answer, at: number): void {
    this.#expected = this.#judge(event);
    if (this.#expected !== 'stay') return;
    const { node } = event;
    const allowance = Math.min(SPACING_US, node.parameters.advertisementInterval) + REACTION_US;
    answer.advert ??= new Duty(node, at, allowance);
    answer.announcement ??= new Duty(node, at, allowance + REACTION_US);
  }

  #judge({ node, advert }: Extract<SimEvent, { kind: 'hears' }>): 'yield' | 'stay' | undefined {
    if (advert === undefined || node.state.name !== 'master') return undefined;
    const { priority, primaryAddress } = node.parameters;
    if (advert.priority > priority) return 'yield';
    return advert.priority === priority && advert.source > toNumber(primaryAddress) ? 'yield' : 'stay';
  }

  #check(node: NodeView): void {
    const { name } = node.state;
    if (this.#expected === 'yield' && name === 'master') this.fail(node, 'stays master against a better one');
    // It may be in fault, when its answer could not be sent.
    if (this.#expected === 'stay' && name === 'backup') this.fail(node, 'yields to a worse one');
  }
}
