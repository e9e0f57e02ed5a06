/** The states of a virtual router over time, as strips of one time axis for all its nodes: a hand-over stands in both at one place. */

import type { StateName } from './read-status.ts';
import type { Spoken, VirtualRouter } from './virtual-routers.ts';
import { ageMs, span } from './words.ts';

/** A stretch of one state; places are shares of the window, 0 at its oldest end, 1 now. */
export interface Stretch {
  readonly state: StateName;
  readonly from: number;
  readonly to: number;
  /** In words, for those who do not see the strip. */
  readonly text: string;
}

export interface Timeline {
  readonly windowMs: number;
  readonly strips: readonly { readonly member: Spoken; readonly stretches: readonly Stretch[] }[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WINDOWS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
  30 * DAY_MS,
];
/** So many of the newest transitions should be on the strip. */
const TRANSITIONS_SHOWN = 4;

export function timelineOf({ members }: VirtualRouter): Timeline {
  const spoken = members.filter((member): member is Spoken => member.router !== null);
  const windowMs = windowFor(spoken);
  return { windowMs, strips: spoken.map(member => ({ member, stretches: stretchesOf(member, windowMs) })) };
}

/** The smallest of the usual windows that shows what happened last. */
function windowFor(members: readonly Spoken[]): number {
  const ages = members
    .flatMap(({ node, router }) => router.transitions.map(({ when }) => ageMs(when, node.elapsedMs)))
    .sort((a, b) => a - b);
  const oldest = ages[Math.min(TRANSITIONS_SHOWN, ages.length) - 1] ?? 0;
  return WINDOWS_MS.find(windowMs => windowMs > oldest * 1.1) ?? 30 * DAY_MS;
}

function stretchesOf({ node, router }: Spoken, windowMs: number): Stretch[] {
  const upMs = (node.status?.uptimeMs ?? 0) + node.elapsedMs;
  const begun = router.transitions.map(({ to, when }) => ({ state: to, agoMs: ageMs(when, node.elapsedMs) }));
  const oldest = router.transitions.at(-1);
  const before = oldest === undefined ? router.state : oldest.from;
  // Older transitions than those kept may lie between; the process itself is the far end.
  const all = [...begun, { state: before, agoMs: Math.max(upMs, begun.at(-1)?.agoMs ?? 0) }];
  return all
    .map(({ state, agoMs }, i) => stretch(state, agoMs, i === 0 ? 0 : (all[i - 1]?.agoMs ?? 0), windowMs))
    .filter(({ from, to }) => to > from)
    .reverse();
}

function stretch(state: StateName, beganAgoMs: number, endedAgoMs: number, windowMs: number): Stretch {
  const place = (agoMs: number): number => Math.min(1, Math.max(0, 1 - agoMs / windowMs));
  const end = endedAgoMs === 0 ? 'until now' : `until ${span(endedAgoMs)} ago`;
  return {
    state,
    from: place(beganAgoMs),
    to: place(endedAgoMs),
    text: `${state} for ${span(beganAgoMs - endedAgoMs)}, ${end}`,
  };
}
