/** All checkers; each stands alone. */

import { Addresses } from './addresses.ts';
import { Adverts } from './adverts.ts';
import { Arp } from './arp.ts';
import { Bounds } from './bounds.ts';
import type { Checker, Subject } from './checker.ts';
import { Contest } from './contest.ts';
import { Deadlines } from './deadlines.ts';
import { Effects } from './effects.ts';
import { Faults } from './faults.ts';
import { Healing } from './healing.ts';
import { Ladder } from './ladder.ts';
import { Leases } from './leases.ts';
import { Takeover } from './takeover.ts';
import { Transitions } from './transitions.ts';

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
] as const;

export function createCheckers(subject: Subject): readonly Checker[] {
  return CHECKERS.map(Type => new Type(subject));
}
