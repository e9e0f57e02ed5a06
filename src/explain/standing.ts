/** What each node is worth under given failures: tracking's own arithmetic, applied to nodes that are imagined. */

import { assess } from '../tracking/priority.ts';
import type { Health } from '../tracking/tracker.ts';
import type { Failure, NodeModel } from './model.ts';

export interface Standing {
  readonly node: NodeModel;
  /** The effective priority. */
  readonly priority: number;
  /** The sum of which that is what lies within 1 and 254; an owner's is not cut off. */
  readonly sum: number;
  /** Why it takes no part; undefined when it does. */
  readonly absent: 'fault' | 'dead' | undefined;
}

/** One standing a node, in the order of the nodes. */
export function standingsUnder(nodes: readonly NodeModel[], failures: readonly Failure[]): Standing[] {
  return nodes.map(node =>
    standing(
      node,
      failures.filter(failure => failure.node === node),
    ),
  );
}

function standing(node: NodeModel, failures: readonly Failure[]): Standing {
  const trackers = node.trackers.map(tracker => {
    const fails = failures.some(failure => failure.tracker === tracker);
    const health: Health = fails === tracker.reverse ? 'up' : 'down';
    const { name, weight, reverse } = tracker;
    return { name, weight, reverse, health, value: undefined };
  });
  const { effective, contributions, fault } = assess(node.priority, trackers);
  const sum = contributions.reduce((total, { delta }) => total + delta, node.priority);
  const dead = failures.some(({ tracker }) => tracker === undefined);
  return {
    node,
    priority: effective,
    sum,
    absent: dead ? 'dead' : fault === undefined ? undefined : 'fault',
  };
}
