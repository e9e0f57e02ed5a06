/** What each tracker of the usual master can do: move the address alone, only together with others, or never. */

import { assert } from '../lib/assert.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import type { NodeModel, TrackerModel } from './model.ts';
import { type Standing, standingsUnder } from './standing.ts';
import { hasSumWithin } from './sums.ts';
import type { Situations } from './table.ts';

export interface Verdict {
  readonly tracker: TrackerModel;
  readonly decides: 'alone' | 'together' | 'never';
  readonly text: string;
}

/** One verdict a tracker of the usual master, the other nodes being well. */
export function verdictsOf(situations: Situations): Verdict[] {
  const { usualMaster } = situations;
  const well = standingOf(situations.well, usualMaster);
  const least = situations.leastToStay;
  // What weights may take away before the address moves; the lowest priority of all cannot be left.
  const spare = least <= 1 ? Number.POSITIVE_INFINITY : well.sum - least;
  return usualMaster.trackers.map(tracker => judge(situations, tracker, spare));
}

/** Failures take away what they weigh, one beside the other: which sums the others make decides what one more does. */
function judge(situations: Situations, tracker: TrackerModel, spare: number): Verdict {
  const { usualMaster } = situations;
  const loss = lossOf(usualMaster, tracker);
  if (tracker.weight === 0 || loss > spare)
    return { tracker, decides: 'alone', text: whyAlone(situations, tracker) };
  const others = usualMaster.trackers.flatMap(other =>
    other === tracker ? [] : [lossOf(usualMaster, other)],
  );
  const [above, most] = [spare - loss, spare];
  const isNever = !Number.isFinite(spare) || !hasSumWithin(others, above, most);
  if (isNever) return { tracker, decides: 'never', text: whyNot(situations, tracker, undefined) };
  const beside = others.some(other => other > above && other <= most) ? 'another one' : 'others';
  return { tracker, decides: 'together', text: whyNot(situations, tracker, beside) };
}

/** Of the sum that makes the priority; an owner's never changes. */
function lossOf({ priority }: NodeModel, { weight }: TrackerModel): number {
  return priority === OWNER_PRIORITY ? 0 : Math.abs(weight);
}

function whyAlone(situations: Situations, tracker: TrackerModel): string {
  const { usualMaster } = situations;
  const next = situations.elect([{ node: usualMaster, tracker }]).master;
  const subject = `${tracker.name} failing on ${usualMaster.name}`;
  if (next === undefined)
    return `${subject} takes the address away, and nobody else ${situations.nodes.length > 1 ? 'takes' : 'is there to take'} it`;
  if (tracker.weight === 0) return `${subject} moves the address to ${next.name}: weight 0 is fault`;
  return `${subject} moves the address to ${next.name}: ${comparison(situations, tracker, next)}`;
}

/** `beside`: with what it does move it; undefined: with nothing. */
function whyNot(situations: Situations, tracker: TrackerModel, beside: string | undefined): string {
  const { usualMaster } = situations;
  const rival = bestRival(situations);
  const subject = `${tracker.name} failing on ${usualMaster.name}`;
  if (rival === undefined) return `${subject} moves nothing: there is no other node`;
  if (usualMaster.priority === OWNER_PRIORITY)
    return `${subject} never moves the address: an owner's priority of ${OWNER_PRIORITY} stays what it is`;
  if (situations.nodes.every(node => node === usualMaster || !node.preempt))
    return `${subject} never moves the address: ${rival.name} does not preempt, it waits for fault or silence`;
  const reason = comparison(situations, tracker, rival);
  return beside === undefined
    ? `${subject} never moves the address: ${reason}`
    : `${subject} moves the address only together with ${beside}: ${reason}`;
}

/** What the failure costs beside the gap that it would have to exceed. */
function comparison(situations: Situations, tracker: TrackerModel, rival: NodeModel): string {
  const { well, nodes, usualMaster } = situations;
  const before = standingOf(well, usualMaster);
  const after = standingOf(standingsUnder(nodes, [{ node: usualMaster, tracker }]), usualMaster);
  const cost = before.priority - after.priority;
  const weight = Math.abs(tracker.weight);
  const gap = gapTo(situations, rival);
  const cut = before.sum > before.priority ? before : after;
  const counts =
    cost < weight ? `, of which ${cost} counts (the sum of ${cut.sum} is cut off at ${cut.priority}),` : '';
  const worth = `its weight of ${weight}${counts}`;
  if (cost > gap) return `${worth} exceeds the gap of ${gap}`;
  return cost === gap
    ? `${worth} only evens the gap to ${rival.name}, and at equal priority the master stays`
    : `${worth} is less than the gap of ${gap} to ${rival.name}`;
}

function standingOf(standings: readonly Standing[], wanted: NodeModel): Standing {
  const standing = standings.find(({ node }) => node === wanted);
  assert(standing !== undefined, 'every node has a standing');
  return standing;
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
