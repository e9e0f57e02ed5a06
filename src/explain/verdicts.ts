/** What each tracker of the usual master can do: move the address alone, only together with others, or never. */

import type { Failure, NodeModel, TrackerModel } from './model.ts';
import type { Standing } from './standing.ts';
import { subsets } from './subsets.ts';
import type { Situations } from './table.ts';

export interface Verdict {
  readonly tracker: TrackerModel;
  readonly decides: 'alone' | 'together' | 'never';
  readonly text: string;
}

/** With so many trackers beside it all their combinations are tried; with more only each single one. */
const MOST_COMBINED = 8;

/** One verdict a tracker of the usual master, the other nodes being well. */
export function verdictsOf(situations: Situations): Verdict[] {
  const master = situations.usualMaster;
  const failures = master.trackers.map((tracker): Failure => ({ node: master, tracker }));
  return failures.flatMap(failure => {
    const others = failures.filter(other => other !== failure);
    return failure.tracker === undefined ? [] : [judge(situations, failure.tracker, failure, others)];
  });
}

function judge(
  situations: Situations,
  tracker: TrackerModel,
  failure: Failure,
  others: readonly Failure[],
): Verdict {
  const moves = (failures: readonly Failure[]) =>
    situations.elect(failures).master !== situations.usualMaster;
  if (moves([failure])) return { tracker, decides: 'alone', text: whyAlone(situations, tracker, failure) };
  const decides = combined(others).some(set => !moves(set) && moves([...set, failure]))
    ? 'together'
    : 'never';
  return { tracker, decides, text: whyNot(situations, tracker, decides) };
}

function combined(failures: readonly Failure[]): (readonly Failure[])[] {
  return failures.length > MOST_COMBINED ? failures.map(failure => [failure]) : subsets(failures);
}

function whyAlone(situations: Situations, tracker: TrackerModel, failure: Failure): string {
  const { usualMaster } = situations;
  const next = situations.elect([failure]).master;
  const subject = `${tracker.name} failing on ${usualMaster.name}`;
  if (next === undefined)
    return `${subject} takes the address away, and nobody else ${situations.nodes.length > 1 ? 'takes' : 'is there to take'} it`;
  if (tracker.weight === 0) return `${subject} moves the address to ${next.name}: weight 0 is fault`;
  const gap = gapTo(situations, next);
  return `${subject} moves the address to ${next.name}: its weight of ${size(tracker)} exceeds the gap of ${gap}`;
}

function whyNot(situations: Situations, tracker: TrackerModel, decides: Verdict['decides']): string {
  const { usualMaster } = situations;
  const rival = bestRival(situations);
  const subject = `${tracker.name} failing on ${usualMaster.name}`;
  if (rival === undefined) return `${subject} moves nothing: there is no other node`;
  if (situations.nodes.every(node => node === usualMaster || !node.preempt))
    return `${subject} never moves the address: ${rival.name} does not preempt, it waits for fault or silence`;
  const gap = gapTo(situations, rival);
  const reason =
    size(tracker) === gap
      ? `its weight of ${size(tracker)} only evens the gap to ${rival.name}, and at equal priority the master stays`
      : `its weight of ${size(tracker)} is less than the gap of ${gap} to ${rival.name}`;
  return decides === 'never'
    ? `${subject} never moves the address: ${reason}`
    : `${subject} moves the address only together with another one: ${reason}`;
}

/** What a failure costs at most. */
function size({ weight }: TrackerModel): number {
  return Math.abs(weight);
}

/** The node that comes next when all is well, of those that preempt if there are any. */
export function bestRival(situations: Situations): NodeModel | undefined {
  const others = situations.well.filter(({ node }) => node !== situations.usualMaster);
  const able = others.some(({ node }) => node.preempt) ? others.filter(({ node }) => node.preempt) : others;
  return able.reduce<Standing | undefined>(
    (best, next) => (best === undefined || next.priority > best.priority ? next : best),
    undefined,
  )?.node;
}

/** How far a node is behind the usual master when all is well. */
export function gapTo(situations: Situations, node: NodeModel): number {
  const of = (wanted: NodeModel) => situations.well.find(each => each.node === wanted)?.priority ?? 0;
  return of(situations.usualMaster) - of(node);
}
