/** All checkers; each stands alone. */

import { Addresses } from './addresses.ts';
import { Adverts } from './adverts.ts';
import { Arp } from './arp.ts';
import { Bounds } from './bounds.ts';
import type { Checker, Subject } from './checker.ts';
import { Contest } from './contest.ts';
import { Deadlines } from './deadlines.ts';
import { Decisions } from './decisions.ts';
import { Drains } from './drains.ts';
import { Effects } from './effects.ts';
import { Faults } from './faults.ts';
import { Flapping } from './flapping.ts';
import { Healing } from './healing.ts';
import { Histories } from './histories.ts';
import { Ladder } from './ladder.ts';
import { Leases } from './leases.ts';
import { Priority } from './priority.ts';
import { Runs } from './runs.ts';
import { Starts } from './starts.ts';
import { Takeover } from './takeover.ts';
import { Transitions } from './transitions.ts';
import { Vital } from './vital.ts';

const CHECKERS = [
  Transitions,
  Effects,
  Deadlines,
  Bounds,
  Ladder,
  Addresses,
  Leases,
  Adverts,
  Contest,
  Takeover,
  Faults,
  Healing,
  Arp,
  Runs,
  Decisions,
  Flapping,
  Histories,
  Priority,
  Vital,
  Drains,
  Starts,
] as const;

/** Of one link; who is master of a sync group is judged over all its links, by {@link Together}. */
export function createCheckers(subject: Subject, isGroup = false): readonly Checker[] {
  return CHECKERS.filter(Type => !isGroup || Type !== Healing).map(Type => new Type(subject));
}
