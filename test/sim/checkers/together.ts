/**
 * Members of a sync group move together: none is master for longer than a moment while another is not, none takes part while something
 * stands against another, and all rise when all are ready. After healing one host has all of it, the others nothing, and it stays so.
 */

import type { NodeView, Observer, SimEvent } from '../trace.ts';
import { Violation } from '../trace.ts';
import { Duty, REACTION_US } from './checker.ts';

/** The members of one host. */
type Members = readonly NodeView[];

interface Standing {
  readonly members: Members;
  /** Of each member, by its place: to follow the others. */
  readonly toStepDown: (Duty | undefined)[];
  readonly toFault: (Duty | undefined)[];
  toRise: Duty | undefined;
}

const OWNER = 255;

export class Together implements Observer {
  readonly kinds = ['stepped', 'started', 'settled', 'calm', 'blocked', 'unblocked'] as const;
  readonly #hosts: readonly Standing[];
  #isCalm = false;

  /** The nodes of each side, hosts in the same order. */
  constructor(sides: readonly (readonly NodeView[])[]) {
    this.#hosts = (sides[0] ?? []).map((_, host) => ({
      members: sides.flatMap(nodes => nodes[host] ?? []),
      toStepDown: [],
      toFault: [],
      toRise: undefined,
    }));
  }

  observe(event: SimEvent, at: number): void {
    if (event.kind === 'settled' || event.kind === 'calm') {
      this.#checkPlaces();
      this.#isCalm = event.kind === 'settled';
    }
    if (event.kind !== 'stepped') return;
    const { node, before, after } = event;
    if (this.#isCalm && before.state.name !== after.state.name)
      throw fail(node, `${before.state.name} became ${after.state.name} although nothing happened`);
    const host = this.#hosts.find(({ members }) => members.includes(node));
    if (host !== undefined) follow(host, at);
  }

  #checkPlaces(): void {
    const masters = this.#hosts.filter(({ members }) => members.some(isMaster));
    const [master] = masters;
    if (master === undefined || masters.length > 1 || !master.members.every(isMaster))
      throw new Violation(
        'together',
        `the hosts are ${this.#hosts.map(({ members }) => describe(members)).join('; ')}`,
      );
    for (const { members } of this.#hosts) {
      for (const node of members)
        for (const address of node.config.parameters.addresses)
          if (node.holds(address) !== (members === master.members))
            throw fail(node, `${address} is at the wrong host`);
      if (members !== master.members && members.every((node, side) => outranks(node, master.members[side])))
        throw fail(members[0], 'its host is better everywhere and is not master');
    }
  }
}

function follow(host: Standing, at: number): void {
  const { members, toStepDown, toFault } = host;
  for (const [i, node] of members.entries()) {
    const others = members.filter(other => other !== node);
    const isAhead = isMaster(node) && others.some(other => !isMaster(other));
    toStepDown[i] = due(toStepDown[i], isAhead, node, at, 'is master, and another member is not');
    const takesPart = node.state.name === 'backup' || node.state.name === 'master';
    const isAgainst = takesPart && others.some(isAtFault);
    toFault[i] = due(
      toFault[i],
      isAgainst,
      node,
      at,
      'takes part, and something stands against another member',
    );
  }
  const [first] = members;
  if (first !== undefined)
    host.toRise = due(
      host.toRise,
      members.every(isReady),
      first,
      at,
      'all members are ready, and do not rise',
    );
}

function due(
  duty: Duty | undefined,
  isWrong: boolean,
  node: NodeView,
  at: number,
  what: string,
): Duty | undefined {
  if (duty?.isOverdue(at)) throw fail(node, what);
  return isWrong ? (duty ?? new Duty(node, at, REACTION_US)) : undefined;
}

const isMaster = ({ alive, state }: NodeView): boolean => alive && state.name === 'master';
const isReady = ({ state }: NodeView): boolean => state.name === 'backup' && state.isReady;

/** By itself, not for the others' sake. */
function isAtFault({ state }: NodeView): boolean {
  if (state.name !== 'fault') return false;
  return state.retryAt !== undefined || (state.cause !== undefined && !state.cause.startsWith('sync group'));
}

function outranks({ parameters }: NodeView, master: NodeView | undefined): boolean {
  const mayPreempt = parameters.preempt || parameters.priority === OWNER;
  return master !== undefined && mayPreempt && parameters.priority > master.parameters.priority;
}

function describe(members: Members): string {
  return members
    .map(
      ({ config, alive, state, parameters }) =>
        `${config.name} ${alive ? state.name : 'dead'} (${parameters.priority})`,
    )
    .join(', ');
}

function fail(node: NodeView | undefined, message: string): Violation {
  return new Violation('together', `${node?.config.name}: ${message}`);
}
