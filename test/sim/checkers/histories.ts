/** What a tracker remembers is bounded and in order, and good results never push the failures out. */

import type { SeenOutcome, TrackerReport } from '../../../src/app/tracker-runner.ts';
import type { NodeView, SimEvent } from '../trace.ts';
import { Checker } from './checker.ts';

const RESULTS_AT_MOST = 10;
const CHANGES_AT_MOST = 100;

export class Histories extends Checker {
  readonly name = 'histories';
  readonly kinds = ['started', 'found', 'health', 'settled', 'calm'] as const;
  /** By node and tracker: results and failures that it was told of, at least. */
  readonly #told: { results: number; failures: number }[][] = this.forEachNode(() => []);

  observe(event: SimEvent): void {
    if (event.kind === 'started')
      this.#told[event.node.id] = event.node.trackers.map(() => ({ results: 0, failures: 0 }));
    else if (event.kind === 'found') this.#count(event);
    else if (event.kind === 'health') this.#check(event.node, event.tracker);
    else for (const node of this.subject.nodes) for (const i of node.trackers.keys()) this.#check(node, i);
  }

  #count({ node, tracker, ok }: Extract<SimEvent, { kind: 'found' }>): void {
    const told = this.#told[node.id]?.[tracker];
    if (told === undefined || ok === undefined) return;
    told.results++;
    if (!ok) told.failures++;
  }

  #check(node: NodeView, tracker: number): void {
    const report = node.trackers[tracker]?.report;
    const told = this.#told[node.id]?.[tracker];
    if (report === undefined || told === undefined) return;
    const problem = problemOf(report, told);
    if (problem !== undefined) this.fail(node, `tracker ${tracker}: ${problem}`);
  }
}

function problemOf(
  { history, changes, last }: TrackerReport,
  { results, failures }: { readonly results: number; readonly failures: number },
): string | undefined {
  if (history.length > RESULTS_AT_MOST || changes.length > CHANGES_AT_MOST)
    return `keeps ${history.length} results, ${changes.length} changes`;
  if (history.length < Math.min(results, RESULTS_AT_MOST))
    return `keeps ${history.length} results of ${results}`;
  if (history.at(-1) !== last) return 'does not keep the last result';
  if (!isOrdered(history)) return 'keeps its results out of order';
  // The last result may be a good one, whatever was before.
  const kept = history.filter(({ ok }) => !ok).length;
  if (kept < Math.min(failures, RESULTS_AT_MOST - 1)) return `keeps ${kept} failures of ${failures}`;
  return undefined;
}

function isOrdered(history: readonly SeenOutcome[]): boolean {
  return history.every(({ at }, i) => i === 0 || at >= (history[i - 1]?.at ?? at));
}
