/** What a log says that it should not: what Locum and keepalived complain about, and what of it is known and not ours. Pure. */

import type { Cell } from './cells.ts';
import type { Verdict } from './checks.ts';

/** A line above level `info`, or none that Locum wrote on purpose; that PASS and AH do not protect is no news here. */
export function isWarningOfLocum(line: string): boolean {
  return line !== '' && !/"level":"(?:debug|info)"|"path":"vrrp\.web\.auth\.type"/.test(line);
}

const COMPLAINT =
  /\b(?:invalid|bad|wrong|mismatch|ignor\w+|discard\w*|checksum|unexpected|authentication|error|unable|missing|expect\w*|differ\w*|does not|incorrect|unknown|failed|dropp\w*)\b/i;

/** How keepalived says that it is about to preempt. */
const PREEMPTING = /received lower priority \(\d+\) advert from \S+ - discarding$/;

/** Whether a line of keepalived's log says that something is wrong. */
export function isComplaintOfKeepalived(line: string): boolean {
  return COMPLAINT.test(line) && !PREEMPTING.test(line);
}

interface Peculiarity {
  readonly line: RegExp;
  readonly isKnown: (cell: Cell) => boolean;
  readonly why: string;
}

const PECULIARITIES: readonly Peculiarity[] = [
  {
    line: /"reason":"auth-replay"|^discarded: 1 auth-replay$|IPSEC-AH : sequence number \d+ already processed/,
    isKnown: ({ protocol }) => protocol === 'v2 AH',
    why: 'with AH keepalived has one count for the group: of two routers that speak in the same moment both use the next number, and drop the other',
  },
];

/** Fails unless every complaint is a known one. */
export function verdictOn(complaints: readonly string[], cell: Cell): Verdict {
  const reasonOf = (line: string): string | undefined =>
    PECULIARITIES.find(peculiarity => peculiarity.isKnown(cell) && peculiarity.line.test(line))?.why;
  const failures = complaints.filter(line => reasonOf(line) === undefined);
  if (failures.length > 0) return { failure: failures.join('\n') };
  const known = [...new Set(complaints.map(reasonOf))].filter(why => why !== undefined);
  return known.length === 0 ? {} : { known };
}
