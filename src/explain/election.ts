/**
 * Who is master after a change, and how long it takes from the moment the trackers have noticed: the outcome of the states of
 * vrrp/virtual-router.ts for a link that loses nothing, without playing them through. Adverts take no time here, and all changes of
 * one step come at the same moment.
 */

import { toUint32 } from '../lib/ip-address.ts';
import type { Duration } from '../lib/time.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import { handOverSkew, masterDownInterval, skewTime } from '../vrrp/timing.ts';
import type { NodeModel } from './model.ts';
import { anywhere, exactly, plus, type Span } from './span.ts';
import type { Standing } from './standing.ts';

/** Why the master is who it is. */
export type Cause =
  /** Nobody is better. */
  | 'unbeaten'
  /** Another one is as good; whoever is master stays. */
  | 'tie'
  /** A better one is there and does not preempt. */
  | 'not-preempted'
  /** Everybody is in fault or dead. */
  | 'nobody'
  /** The master sank below another one. */
  | 'sank'
  /** Another one rose above the master, or came back better. */
  | 'risen'
  /** The master went to fault and said so. */
  | 'resigned'
  /** The master died without a word. */
  | 'silent'
  /** There was no master before. */
  | 'vacant';

export interface Election {
  readonly master: NodeModel | undefined;
  readonly cause: Cause;
  /** From the change to the new master; undefined when it stays who it was. */
  readonly takeover: Span | undefined;
  /** Equals of the new master, its address being unknown or theirs: any of them may win. */
  readonly equals: readonly NodeModel[];
}

interface Candidate {
  readonly standing: Standing;
  readonly wait: Span;
  /** What a resignation of any router makes of its wait; undefined when only its master's counts. */
  readonly anyWord: Duration | undefined;
}

/** The master once the nodes stand as in `after`, `incumbent` having been master while they stood as in `before`. */
export function elect(
  incumbent: NodeModel | undefined,
  before: readonly Standing[],
  after: readonly Standing[],
): Election {
  const was = incumbent && before.find(({ node }) => node === incumbent);
  const is = incumbent && after.find(({ node }) => node === incumbent);
  const candidates = after
    .filter(challenger => challenger !== is && mayRise(challenger, is))
    .map(standing => ({
      standing,
      wait: waitOf(standing, before, was, is),
      anyWord: anyWordOf(standing, before, is),
    }));
  const winner = settle(candidates, is);
  if (winner !== undefined) return won(winner, candidates, was, is);
  if (is === undefined || is.absent !== undefined) return stays(undefined, 'nobody');
  return stays(is.node, whyUnbeaten(is, after));
}

function stays(master: NodeModel | undefined, cause: Cause): Election {
  return { master, cause, takeover: undefined, equals: [] };
}

function won(
  { standing, wait }: Candidate,
  candidates: readonly Candidate[],
  was: Standing | undefined,
  is: Standing | undefined,
): Election {
  const equals = candidates
    .filter(other => other.wait.typical === wait.typical && other.standing.priority === standing.priority)
    .map(other => other.standing.node);
  const unsure = equals.length > 1 && equals.some(({ primaryAddress }) => primaryAddress === undefined);
  return {
    master: standing.node,
    cause: causeOf(was, is),
    takeover: wait,
    equals: unsure ? equals.filter(node => node !== standing.node) : [],
  };
}

function causeOf(was: Standing | undefined, is: Standing | undefined): Cause {
  if (was === undefined || is === undefined) return 'vacant';
  if (is.absent !== undefined) return is.absent === 'dead' ? 'silent' : 'resigned';
  return is.priority < was.priority ? 'sank' : 'risen';
}

function whyUnbeaten(master: Standing, all: readonly Standing[]): Cause {
  const present = all.filter(other => other !== master && other.absent === undefined);
  if (present.some(({ priority }) => priority > master.priority)) return 'not-preempted';
  return present.some(({ priority }) => priority === master.priority) ? 'tie' : 'unbeaten';
}

/** Whether a backup becomes master sooner or later: there is none, or a worse one that it may preempt (RFC 9568 §6.4.2). */
function mayRise(challenger: Standing, master: Standing | undefined): boolean {
  if (challenger.absent !== undefined) return false;
  if (master === undefined || master.absent !== undefined) return true;
  return mayPreempt(challenger) && challenger.priority > master.priority;
}

function mayPreempt({ node, priority }: Standing): boolean {
  return node.preempt || priority === OWNER_PRIORITY;
}

/**
 * Several may rise. The one that waits least is first; a later one takes it from there when it is better and preempts. Those that
 * rise in the same moment hear each other as masters: priority decides, then the address (RFC 9568 §6.4.3). A master that gives way
 * with fast timing resigns, which starts the wait of others anew.
 */
function settle(candidates: readonly Candidate[], loser: Standing | undefined): Candidate | undefined {
  const [first, ...others] = [...candidates].sort(
    (a, b) => a.wait.typical - b.wait.typical || comparePlaces(b.standing, a.standing),
  );
  if (first === undefined) return undefined;
  const resigns = loser?.absent === undefined && loser?.node.timing === 'fast';
  const better = others
    .filter(({ standing }) => standing.priority > first.standing.priority && mayPreempt(standing))
    .map(other => (resigns ? anew(other, first.wait) : other));
  return settle(better, first.standing) ?? first;
}

function anew(candidate: Candidate, from: Span): Candidate {
  const { anyWord } = candidate;
  const same = candidate.wait.typical === from.typical;
  return anyWord === undefined || same ? candidate : { ...candidate, wait: plus(from, exactly(anyWord)) };
}

/** The word of a router that is not its master counts for RFC timing, and for one that has heard no master yet. */
function anyWordOf(
  { node, priority }: Standing,
  before: readonly Standing[],
  is: Standing | undefined,
): Duration | undefined {
  const comesBack = before.find(other => other.node === node)?.absent !== undefined;
  if (comesBack || is === undefined) return skewTime(node.version, priority, node.interval);
  if (node.timing === 'fast') return undefined;
  return skewTime(node.version, priority, node.version === 3 ? is.node.interval : node.interval);
}

/** Positive when `a` wins over `b` among masters. */
export function comparePlaces(a: Standing, b: Standing): number {
  return a.priority - b.priority || addressOf(a) - addressOf(b);
}

function addressOf({ node }: Standing): number {
  return node.primaryAddress === undefined ? 0 : toUint32(node.primaryAddress);
}

/** How long a candidate waits before it rises, from the change on. */
function waitOf(
  { node, priority }: Standing,
  before: readonly Standing[],
  was: Standing | undefined,
  is: Standing | undefined,
): Span {
  const comesBack = before.find(other => other.node === node)?.absent !== undefined;
  if (comesBack || was === undefined || is === undefined) {
    // A router that just begins knows no master yet: no word of one shortens its wait.
    return exactly(masterDownInterval(node.version, priority, node.interval));
  }
  // In version 2 all use one interval; in version 3 a backup learns its master's.
  const masterInterval = node.version === 3 ? is.node.interval : node.interval;
  const down = masterDownInterval(node.version, priority, masterInterval);
  // The last advertisement that was accepted may be up to an interval old.
  const silence = anywhere(down - is.node.interval, down);
  if (is.absent === 'dead') return silence;
  if (node.timing === 'rfc')
    return is.absent === 'fault' ? exactly(skewTime(node.version, priority, masterInterval)) : silence;
  const skew = exactly(handOverSkew(node.version, priority, masterInterval));
  return is.absent === 'fault' ? skew : plus(untilSaid(was, is), skew);
}

/** Until a master that stays one has advertised its present priority. */
function untilSaid(was: Standing, is: Standing): Span {
  const atOnce = is.node.timing === 'fast' && was.priority !== is.priority;
  return atOnce ? exactly(0 as Duration) : anywhere(0, is.node.interval);
}
