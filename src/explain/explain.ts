/**
 * Answers "what would happen if": for the nodes of one virtual router, who is master under which failures, how long the hand-over takes
 * and why, and what is wrong with that. Pure: the nodes are imagined, nothing runs.
 */

import { type Finding, findingsOf } from './findings.ts';
import type { Nodes } from './model.ts';
import { Situations, type Table, tabulate } from './table.ts';
import { type Verdict, verdictsOf } from './verdicts.ts';

export interface Explanation extends Table {
  readonly nodes: Nodes;
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly Finding[];
}

/** Nodes that hear each other (pairing.ts). */
export function explain(nodes: Nodes): Explanation {
  const situations = new Situations(nodes);
  const verdicts = verdictsOf(situations);
  return { nodes, ...tabulate(situations), verdicts, findings: findingsOf(situations, verdicts) };
}
