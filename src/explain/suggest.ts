/**
 * Weights that make an order of importance true, and priorities where the gap between the nodes leaves no room for them. The named
 * trackers get one weight on all nodes; the others keep theirs. What is proposed was tried by the same election as the table.
 */

import { err, ok, type Result } from '../lib/result.ts';
import type { Failure, NodeModel, Nodes, TrackerModel } from './model.ts';
import { type Rule, trackersOf } from './rules.ts';
import { type Inequality, solve } from './solve.ts';
import { Situations } from './table.ts';
import { bestRival, gapTo } from './verdicts.ts';

export interface Suggestion {
  readonly weights: ReadonlyMap<string, number>;
  /** Of the nodes whose priority changes. */
  readonly priorities: ReadonlyMap<string, number>;
  /** The nodes with all of that. */
  readonly nodes: Nodes;
}

/** Proposes; or says, a line each, why nothing can be proposed. */
export function suggest(nodes: Nodes, rules: readonly Rule[]): Result<Suggestion, readonly string[]> {
  const names = trackersOf(rules);
  const missing = nodes.flatMap(node =>
    names
      .filter(name => node.trackers.every(tracker => tracker.name !== name))
      .map(name => `${name} is not tracked on ${node.name}${trackedNames(node)}`),
  );
  if (missing.length > 0) return err(missing);
  const { usualMaster } = new Situations(nodes);
  const others = nodes.filter(node => node !== usualMaster);
  if (others.length === 0) return err(['there is no other node that the address could move to']);
  const moving = rules.find(({ kind }) => kind !== 'stays');
  if (moving !== undefined && others.every(({ preempt }) => !preempt))
    return err([
      `"${moving.text}" cannot be: ${others[0]?.name} does not preempt, so no weight moves the address to it`,
    ]);
  const found = search(nodes, rules);
  return found === undefined ? err(conflict(nodes, rules)) : ok(found);
}

function trackedNames({ trackers }: NodeModel): string {
  return trackers.length === 0
    ? '; nothing is'
    : `; there are ${trackers.map(({ name }) => name).join(', ')}`;
}

/** The smallest set of rules that cannot hold together: those without which there is a solution. */
function conflict(nodes: Nodes, rules: readonly Rule[]): string[] {
  const needed = rules.reduce<readonly Rule[]>((left, rule) => {
    const without = left.filter(other => other !== rule);
    return without.length > 0 && search(nodes, without) === undefined ? without : left;
  }, rules);
  const texts = needed.map(({ text }) => `"${text}"`).join(' and ');
  return [
    needed.length === 1
      ? `${texts} cannot be, whatever the weights and priorities`
      : `${texts} cannot all be, whatever the weights and priorities`,
  ];
}

/** Far from both ends, for when the configured priorities leave no room. */
const ROOMY_PRIORITY = 200;
const WIDEST_GAP = 60;
const HEAVIEST = 253;

/** As little change as possible: the present priorities, then another gap, then another height. */
function search(nodes: Nodes, rules: readonly Rule[]): Suggestion | undefined {
  const trackers = trackersOf(rules);
  const leveled = weighted(nodes, new Map(trackers.map(name => [name, -1])));
  const situations = new Situations(leveled);
  const rival = bestRival(situations);
  if (rival === undefined) return undefined;
  const gap = gapTo(situations, rival);
  const gaps = [gap, ...Array.from({ length: WIDEST_GAP }, (_, i) => i + 1).filter(other => other !== gap)];
  const top = situations.usualMaster;
  for (const height of new Set([top.priority, ROOMY_PRIORITY]))
    for (const wanted of gaps) {
      const moved = mapNodes(leveled, node => {
        const lower = node.name === top.name ? 0 : wanted - gap;
        return { ...node, priority: node.priority + height - top.priority - lower };
      });
      const found = attempt(nodes, moved, rules, wanted);
      if (found !== undefined) return found;
    }
  return undefined;
}

function attempt(nodes: Nodes, moved: Nodes, rules: readonly Rule[], gap: number): Suggestion | undefined {
  if (moved.some(({ priority }) => priority < 1 || priority > 254)) return undefined;
  const names = trackersOf(rules);
  const positive = names.filter(name =>
    nodes[0].trackers.some(each => each.name === name && each.weight > 0),
  );
  const sizes = solve(
    names,
    [...rules.map(rule => inequality(rule, gap)), ...room(moved, names, positive)],
    HEAVIEST,
  );
  if (sizes === undefined) return undefined;
  const weights = new Map([...sizes].map(([name, size]) => [name, positive.includes(name) ? size : -size]));
  const priorities = new Map(
    moved.filter((node, i) => node.priority !== nodes[i]?.priority).map(node => [node.name, node.priority]),
  );
  const proposed = weighted(moved, weights);
  return holds(proposed, rules) ? { weights, priorities, nodes: proposed } : undefined;
}

function weighted(nodes: Nodes, weights: ReadonlyMap<string, number>): Nodes {
  const tuned = (tracker: TrackerModel): TrackerModel => ({
    ...tracker,
    weight: weights.get(tracker.name) ?? tracker.weight,
  });
  return mapNodes(nodes, node => ({ ...node, trackers: node.trackers.map(tuned) }));
}

function mapNodes([first, ...rest]: Nodes, map: (node: NodeModel) => NodeModel): Nodes {
  return [map(first), ...rest.map(map)];
}

/** A rule between the sizes of weights, clear of ties. */
function inequality(rule: Rule, gap: number): Inequality {
  if (rule.kind === 'moves') return { plus: rule.trackers, minus: [], atLeast: gap + 1 };
  if (rule.kind === 'stays') return { plus: [], minus: rule.trackers, atLeast: 1 - gap };
  return { plus: rule.heavy, minus: rule.light, atLeast: gap + 1 };
}

/** Nothing may be cut off at 1 or 254, else the order ends there. */
function room(
  nodes: readonly NodeModel[],
  names: readonly string[],
  positive: readonly string[],
): Inequality[] {
  const others = (node: NodeModel, sign: 1 | -1) =>
    node.trackers
      .filter(({ name, weight }) => !names.includes(name) && Math.sign(weight) === sign)
      .reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  const below = Math.min(...nodes.map(node => node.priority - 1 - others(node, -1)));
  const above = Math.min(...nodes.map(node => 254 - node.priority - others(node, 1)));
  return [
    { plus: [], minus: names.filter(name => !positive.includes(name)), atLeast: -below },
    { plus: [], minus: positive, atLeast: -above },
  ];
}

/** Whether the nodes do what the rules say. */
export function holds(nodes: Nodes, rules: readonly Rule[]): boolean {
  const situations = new Situations(nodes);
  const { usualMaster } = situations;
  const rival = bestRival(situations);
  if (rival === undefined) return false;
  const failing = (node: NodeModel, names: readonly string[]) =>
    node.trackers.filter(({ name }) => names.includes(name)).map((tracker): Failure => ({ node, tracker }));
  const moves = (failures: readonly Failure[]) => situations.elect(failures).master !== usualMaster;
  return rules.every(rule => {
    if (rule.kind === 'moves') return moves(failing(usualMaster, rule.trackers));
    if (rule.kind === 'stays') return !moves(failing(usualMaster, rule.trackers));
    const { heavy, light } = rule;
    return (
      moves([...failing(usualMaster, heavy), ...failing(rival, light)]) &&
      !moves([...failing(usualMaster, light), ...failing(rival, heavy)])
    );
  });
}
