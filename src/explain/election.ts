/**
 * Who is master after a change, and how long it takes from the moment the trackers have noticed: the change is played through (play.ts),
 * and here it is said why it ended so. All changes of one step come at the same moment.
 */

import { compareAddresses, type IpAddress, parseIpAddress } from '../lib/ip-address.ts';
import { type Duration, microseconds } from '../lib/time.ts';
import type { NodeModel } from './model.ts';
import { type Outcome, play } from './play.ts';
import { overMoments, type Span } from './span.ts';
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

/** The master once the nodes stand as in `after`, `incumbent` having been master while they stood as in `before`. */
export function elect(
  incumbent: NodeModel | undefined,
  before: readonly Standing[],
  after: readonly Standing[],
): Election {
  const was = incumbent && before.find(({ node }) => node === incumbent);
  const is = incumbent && after.find(({ node }) => node === incumbent);
  const interval = incumbent?.interval ?? microseconds(0);
  const played = (sinceWord: Duration): Outcome => play(incumbent, before, after, sinceWord);
  const outcome = played(microseconds(interval / 2));
  const { master, rose } = outcome;
  if (master === undefined) return stays(undefined, 'nobody');
  if (rose === undefined || master === incumbent) return stays(master, whyUnbeaten(is, after));
  // The last word of the master may be up to an interval old.
  const takeover = overMoments(interval, sinceWord => played(sinceWord).rose ?? rose);
  return { master, cause: causeOf(was, is), takeover, equals: equalsOf(outcome, after) };
}

function stays(master: NodeModel | undefined, cause: Cause): Election {
  return { master, cause, takeover: undefined, equals: [] };
}

/** Those that only its address made it win over, where the addresses are not known. */
function equalsOf({ master, besides }: Outcome, after: readonly Standing[]): NodeModel[] {
  const priorityOf = (wanted: NodeModel | undefined) => after.find(({ node }) => node === wanted)?.priority;
  const equals = besides.filter(node => priorityOf(node) === priorityOf(master));
  return [master, ...equals].some(node => node?.primaryAddress === undefined) ? equals : [];
}

function causeOf(was: Standing | undefined, is: Standing | undefined): Cause {
  if (was === undefined || is === undefined) return 'vacant';
  if (is.absent !== undefined) return is.absent === 'dead' ? 'silent' : 'resigned';
  return is.priority < was.priority ? 'sank' : 'risen';
}

function whyUnbeaten(master: Standing | undefined, all: readonly Standing[]): Cause {
  if (master === undefined) return 'vacant';
  const present = all.filter(other => other !== master && other.absent === undefined);
  if (present.some(({ priority }) => priority > master.priority)) return 'not-preempted';
  return present.some(({ priority }) => priority === master.priority) ? 'tie' : 'unbeaten';
}

/** Positive when `a` wins over `b` among masters. */
export function comparePlaces(a: Standing, b: Standing): number {
  return a.priority - b.priority || compareAddresses(addressOf(a), addressOf(b));
}

const NO_ADDRESS = parseIpAddress('0.0.0.0') as IpAddress;

const addressOf = ({ node }: Standing): IpAddress => node.primaryAddress ?? NO_ADDRESS;
