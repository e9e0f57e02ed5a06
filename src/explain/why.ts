/** The cause of an outcome in a few words, for a row of the table. */

import type { Cause } from './election.ts';
import type { NodeModel } from './model.ts';
import type { Standing } from './standing.ts';
import type { Recovery, Row } from './table.ts';

/** Why the master of a row is who it is; `usual` is master when all is well. */
export function whyRow(row: Row, usual: NodeModel): string {
  const { election, standings, failures, otherwise } = row;
  const words =
    failures.length === 0
      ? whyUsual(standings, usual)
      : CAUSES[election.cause]({ standings, usual, master: election.master, failing: touches(row, usual) });
  const equals = election.equals.map(({ name }) => name).join(' or ');
  const others = otherwise.map(node => node?.name ?? 'nobody').join(' or ');
  return [
    words,
    equals === '' ? '' : `; ${equals} with a higher address`,
    others === '' ? '' : `; ${others} if they fail in another order`,
  ].join('');
}

/** Why the master after a recovery is who it is. */
export function whyRecovery({ election, standings }: Recovery, row: Row, usual: NodeModel): string {
  const { master, cause } = election;
  const before = row.election.master;
  if (cause === 'not-preempted') return `${usual.name} does not preempt`;
  if (cause === 'tie') return `${priorityOf(standings, usual)} on both: the master stays`;
  if (before === undefined) return 'nobody was master';
  const absent = row.standings.find(({ node }) => node === master)?.absent !== undefined;
  const rise = `${priorityOf(standings, master)} > ${priorityOf(standings, before)}`;
  return `${rise}${absent ? AFTER_SILENCE : slowly(master)}`;
}

const AFTER_SILENCE = ', after a master-down interval';

/** By the letter of the RFC a better backup waits until it would have taken the master for dead. */
function slowly(master: NodeModel | undefined): string {
  return master?.timing === 'rfc' ? AFTER_SILENCE : '';
}

interface Scene {
  readonly standings: readonly Standing[];
  readonly usual: NodeModel;
  readonly master: NodeModel | undefined;
  /** Something fails on the usual master itself. */
  readonly failing: boolean;
}

const CAUSES: Readonly<Record<Cause, (scene: Scene) => string>> = {
  unbeaten: whyUnbeaten,
  tie: ({ standings, usual }) => `${priorityOf(standings, usual)} on both: the master stays`,
  'not-preempted': ({ standings, usual }) =>
    `${better(standings, usual).map(nameOf).join(' and ')} better, but without preempt`,
  nobody: ({ standings }) => (standings.length === 1 ? 'there is no other node' : 'nobody is left'),
  sank: ({ standings, usual, master }) =>
    `sinks below: ${priorityOf(standings, usual)} < ${priorityOf(standings, master)}${slowly(master)}`,
  risen: ({ standings, usual, master }) =>
    `risen above: ${priorityOf(standings, master)} > ${priorityOf(standings, usual)}${slowly(master)}`,
  resigned: () => 'in fault, resigns',
  silent: () => 'after a master-down interval',
  vacant: () => 'nobody was master',
};

function whyUsual(standings: readonly Standing[], usual: NodeModel): string {
  const rivals = standings.filter(({ node }) => node !== usual);
  if (rivals.length === 0) return 'the only node';
  const priority = priorityOf(standings, usual);
  return rivals.some(rival => rival.priority === priority)
    ? `${priority} on both: taken as the first`
    : 'the highest priority';
}

function whyUnbeaten({ standings, usual, failing }: Scene): string {
  const rivals = standings.filter(({ node, absent }) => node !== usual && absent === undefined);
  if (rivals.length === 0) return standings.length === 1 ? 'there is no other node' : 'nobody else is left';
  const best = rivals.reduce((a, b) => (b.priority > a.priority ? b : a));
  if (!failing) return 'master not touched';
  return `still best: ${priorityOf(standings, usual)} > ${best.priority}`;
}

function better(standings: readonly Standing[], usual: NodeModel): NodeModel[] {
  const priority = priorityOf(standings, usual);
  return standings.filter(other => other.absent === undefined && other.priority > priority).map(o => o.node);
}

function touches({ failures }: Row, usual: NodeModel): boolean {
  return failures.some(({ node }) => node === usual);
}

function priorityOf(standings: readonly Standing[], node: NodeModel | undefined): number {
  return standings.find(standing => standing.node === node)?.priority ?? 0;
}

function nameOf(node: NodeModel | undefined): string {
  return node?.name ?? 'nobody';
}
