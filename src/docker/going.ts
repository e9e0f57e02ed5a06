/**
 * Containers that were sent the signal to end (`docker stop`, `docker kill`): the engine lists them as running until they have ended, and
 * what is sent to them meanwhile may be lost. Pure: what is remembered is a value.
 */

import { after, earliest, type Instant, later, seconds } from '../lib/time.ts';
import { endedBy } from './condition.ts';
import type { ContainerEvent } from './events.ts';

/** By id: until when it is taken to be on its way out. */
export type Going = ReadonlyMap<string, Instant>;

export const NOBODY_GOES: Going = new Map();

/** A container that still runs then has survived the signal. `docker stop` kills after 10 s, unless told otherwise: another event. */
const SURVIVED_AFTER = seconds(30);
/** Where the signal need not have meant an end. */
const SURVIVED_DOUBT_AFTER = seconds(12);

/** More than any engine stops at a time; forgetting one costs what was lost without this. */
const LIMIT = 4_096;

/** What an event changes; the same value when it changes nothing. */
export function noteEvent(going: Going, event: ContainerEvent, now: Instant): Going {
  const { id, action } = event;
  const end = endedBy(event);
  if (end?.over === false && going.size < LIMIT) {
    const until = after(now, end.doubtful === true ? SURVIVED_DOUBT_AFTER : SURVIVED_AFTER);
    return new Map([...going, [id, later(until, going.get(id) ?? until)]]);
  }
  // Once it has ended the list tells, and what starts is another run.
  const over = action === 'start' || action === 'destroy';
  return over && going.has(id) ? without(going, ([other]) => other === id) : going;
}

/** The ids of those that go at this moment. */
export function whoGoes(going: Going, now: Instant): ReadonlySet<string> {
  return new Set([...going].filter(([, until]) => now < until).map(([id]) => id));
}

/** When the next of them will have survived; undefined when nobody goes. */
export function nextSurvival(going: Going, now: Instant): Instant | undefined {
  return earliest(...[...going.values()].filter(until => now < until));
}

/** Forgets who survived. */
export function forgetSurvivors(going: Going, now: Instant): Going {
  return without(going, ([, until]) => now >= until);
}

function without(going: Going, forgotten: (entry: readonly [string, Instant]) => boolean): Going {
  const kept = [...going].filter(entry => !forgotten(entry));
  return kept.length === going.size ? going : new Map(kept);
}
