/**
 * A drained node takes no part until it is undrained, restarts included. Until then: the addresses stay until another router has taken
 * them, unless the drain is forced and nobody came; a drain that fails has offered them; every drain ends in time; and new connections
 * are not held off for longer than the drain needs.
 */

import { takeOverMs } from '../process.ts';
import type { SimEvent } from '../trace.ts';
import { Checker, Duty, REACTION_US } from './checker.ts';

/** What the packet filter, nginx and the file may take, each. */
const ANSWERS_US = 1_000_000;

interface Run {
  readonly id: number;
  readonly force: boolean;
  /** When it was asked for. */
  readonly wasMaster: boolean;
  /** Priority 1 was told. */
  hasOffered: boolean;
  /** Until then nobody gives up, forced or not. */
  readonly patientUntil: number;
  /** When the drain must have ended. */
  readonly end: Duty;
}

interface Standing {
  run: Run | undefined;
  /** From then on it takes no part. */
  drained: Duty | undefined;
}

export class Drains extends Checker {
  readonly name = 'drains';
  readonly kinds = [
    'started',
    'killed',
    'left',
    'drainAsked',
    'undrainAsked',
    'drainEnded',
    'stepped',
    'settled',
  ] as const;
  readonly #standings: Standing[] = this.forEachNode(() => ({ run: undefined, drained: undefined }));

  observe(event: SimEvent, at: number): void {
    if (event.kind === 'settled') {
      for (const node of this.subject.nodes)
        if (node.heldUntil > at) this.fail(node, 'still holds new connections off');
      return;
    }
    if (!('node' in event)) return;
    const { node } = event;
    const standing = this.#standings[node.id];
    if (standing === undefined) return;
    if (standing.run?.end.isOverdue(at)) this.fail(node, 'its drain does not end');
    switch (event.kind) {
      case 'started':
      case 'killed':
      case 'left':
        standing.run = undefined;
        break;
      case 'drainAsked':
        standing.run ??= begin(event, at);
        break;
      case 'undrainAsked':
        standing.run = undefined;
        standing.drained = undefined;
        break;
      case 'drainEnded':
        this.#end(event, standing, at);
        break;
      case 'stepped':
        this.#follow(event, standing, at);
        break;
      default:
    }
  }

  #end(
    { node, run: id, outcome }: Extract<SimEvent, { kind: 'drainEnded' }>,
    standing: Standing,
    at: number,
  ): void {
    const { run } = standing;
    if (run?.id !== id) return;
    standing.run = undefined;
    if (outcome === 'drained') standing.drained = new Duty(node, at, REACTION_US);
    if (outcome === 'failed' && !run.hasOffered)
      this.fail(node, 'its drain failed without offering the addresses');
    if (outcome === 'failed' && run.force) this.fail(node, 'its forced drain failed');
  }

  #follow(
    { node, before, after, input }: Extract<SimEvent, { kind: 'stepped' }>,
    standing: Standing,
    at: number,
  ): void {
    const { run, drained } = standing;
    const { name } = after.state;
    if (drained?.isOverdue(at) && name !== 'fault' && name !== 'init')
      this.fail(node, `is ${name} although it is drained`);
    if (run === undefined) return;
    if (after.parameters.priority === 1) run.hasOffered = true;
    const givesUp =
      before.state.name === 'master' && input.type === 'fault' && input.cause.includes('operator');
    if (givesUp && run.wasMaster && !(run.force && at >= run.patientUntil))
      this.fail(node, 'gives the addresses up before anybody took over');
  }
}

function begin({ node, run, force }: Extract<SimEvent, { kind: 'drainAsked' }>, at: number): Run {
  const { emptyMs } = node.config;
  const takeOverUs = 1_000 * takeOverMs(node.config);
  return {
    id: run,
    force,
    wasMaster: node.state.name === 'master',
    hasOffered: false,
    patientUntil: at + takeOverUs - REACTION_US,
    end: new Duty(node, at, 1_000 * emptyMs + takeOverUs + ANSWERS_US),
  };
}
