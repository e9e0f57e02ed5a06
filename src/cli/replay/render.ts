/** What a replay shows, in lines for people and as JSON. Pure; names and texts are foreign and made harmless. */

import { harmless } from '../../lib/terminal.ts';
import { isTransition } from '../../recording/effects.ts';
import type { RecordedInput } from '../../recording/line.ts';
import type { Replayed, ReplayedStep } from '../../recording/replay.ts';
import type { Parameters } from '../../vrrp/parameters.ts';
import type { Oddity } from '../../vrrp/receive.ts';
import type { EffectName } from '../../vrrp/state.ts';
import { isoTime, type ReplayMoment } from './timeline.ts';

/** How much is shown: what changed something, or every line. */
export type Detail = 'changes' | 'all';

/** Something of a recording and where it stands. */
export interface Place {
  readonly line: number;
  readonly moment: ReplayMoment;
}

/** One line, and what differs below it; undefined for what is not shown. */
export function renderReplayed(
  replayed: Replayed,
  { line, moment }: Place,
  detail: Detail,
): string | undefined {
  const words = wordsOf(replayed, detail);
  if (words === undefined) return undefined;
  const time = isoTime(moment).slice(11, -1);
  const sign = moment.sinceUs < 0 ? '-' : '+';
  const since = `${sign}${(Math.abs(moment.sinceUs) / 1e6).toFixed(6)}`.padStart(14);
  const difference = replayed.kind === 'step' ? differenceLines(replayed, line) : [];
  return [`${time} ${since}  ${words}`, ...difference].map(harmless).join('\n');
}

function wordsOf(replayed: Replayed, detail: Detail): string | undefined {
  switch (replayed.kind) {
    case 'recording': {
      const { node, version, time, lost } = replayed;
      const gap = lost === 0 ? '' : `; ${lost} lines before it are lost`;
      return `-- recorded on ${node} by Locum ${version} from ${time} on${gap}`;
    }
    case 'router': {
      const { router, parameters, state } = replayed;
      return `${router}: is ${state.name}, VRID ${parameters.vrid}, priority ${parameters.priority}`;
    }
    case 'discard': {
      const { router, count, source, reason, detail: why } = replayed;
      return `${router}: ${count} refused from ${source ?? 'nowhere'}, ${reason}: ${why}`;
    }
    case 'note':
      return `${replayed.about} ${replayed.subject}: ${replayed.text}`;
    case 'step':
      return stepWords(replayed, detail);
  }
}

function stepWords(step: ReplayedStep, detail: Detail): string | undefined {
  if (detail === 'changes' && isRoutine(step)) return undefined;
  const { router } = step.line;
  const does = step.effects.filter(words => !isTransition(words));
  const transition = step.effects.find(isTransition);
  const what = transition ?? inputWords(step);
  return `${router}: ${what}${does.length === 0 ? '' : ` [${does.join(', ')}]`}`;
}

function differenceLines({ difference }: ReplayedStep, line: number): readonly string[] {
  if (difference === undefined) return [];
  const { recorded, replayed } = difference;
  return [`  DIFFERS in line ${line}`, `    recorded: ${recorded}`, `    replayed: ${replayed}`];
}

/** What a quiet router does all day: adverts heard by a backup, adverts sent by a master. */
function isRoutine({ line: { input }, effects, difference }: ReplayedStep): boolean {
  if (difference !== undefined || effects.some(isTransition)) return false;
  if (input.type === 'timeout') return true;
  return input.type === 'advert' && effects.length === 0;
}

function inputWords({ line: { input }, before, after }: ReplayedStep): string {
  switch (input.type) {
    case 'advert':
      return `hears ${input.source}, priority ${input.priority}${oddityWords(input.oddities)}`;
    case 'parameters': {
      const [was, is] = [before.parameters.priority, after.parameters.priority];
      if (was !== is) return `priority ${was} -> ${is}`;
      return `other parameters: ${changedBetween(before.parameters, after.parameters).join(', ') || 'none'}`;
    }
    default:
      return plainInputWords(input);
  }
}

/** The names of what differs. */
function changedBetween(before: Parameters, after: Parameters): readonly string[] {
  const was = new Map(Object.entries(before));
  return Object.entries(after).flatMap(([name, value]) =>
    JSON.stringify(value) === JSON.stringify(was.get(name)) ? [] : [name],
  );
}

function oddityWords(oddities: readonly Oddity[]): string {
  return oddities.length === 0 ? '' : ` (${oddities.join(', ')})`;
}

function plainInputWords(input: Exclude<RecordedInput, { type: 'advert' | 'parameters' }>): string {
  switch (input.type) {
    case 'startup':
      return 'begins to take part';
    case 'shutdown':
      return 'is stopped';
    case 'timeout':
      return 'its timer ran out';
    case 'fault':
      return `something stands against it: ${input.cause}`;
    case 'faultCleared':
      return 'nothing stands against it any more';
    case 'rise':
      return 'its sync group lets it rise';
    case 'stepDown':
      return `its sync group takes it down: ${input.detail}`;
    case 'addressLost':
      return 'lost an address of its own';
    case 'effectFailed':
      return `could not ${VERBS[input.effect]}: ${input.message}`;
  }
}

const VERBS: Readonly<Record<EffectName, string>> = {
  advertise: 'advertise',
  acquireAddresses: 'acquire its addresses',
  announceAddresses: 'announce its addresses',
  releaseAddresses: 'release its addresses',
};

/** The same as plain data: what stands in the line, when, and for a step what came of it. */
export function replayedJson(
  replayed: Replayed,
  { line, moment }: Place,
  detail: Detail,
): object | undefined {
  const place = { line, time: isoTime(moment), sinceUs: moment.sinceUs };
  if (replayed.kind !== 'step') {
    const { at: _at, ...rest } = replayed;
    return { ...place, ...rest };
  }
  if (detail === 'changes' && isRoutine(replayed)) return undefined;
  const { line: recorded, before, after, effects, difference } = replayed;
  return {
    ...place,
    kind: 'step',
    router: recorded.router,
    input: recorded.input,
    from: before.state.name,
    to: after.state.name,
    priority: after.parameters.priority,
    effects,
    agrees: difference === undefined,
    ...difference,
  };
}
