/**
 * Where two virtual routers claim the same rank (RFC 9568 §8.3.2), and where an owner is not left alone (§7.1, erratum 8298): nothing is
 * decided by it, but the log and the status should tell.
 */

import { OWNER_PRIORITY, RESIGN_PRIORITY } from '../vrrp/parameters.ts';

export const CLASHES = ['second-owner', 'owner-hears', 'equal-priority'] as const;

export type Clash = (typeof CLASHES)[number];

/** By the priority of an accepted advertisement and our own. */
export function clashOf(theirs: number, ours: number): Clash | undefined {
  if (theirs === RESIGN_PRIORITY) return undefined;
  if (ours === OWNER_PRIORITY) return theirs === OWNER_PRIORITY ? 'second-owner' : 'owner-hears';
  return theirs === ours ? 'equal-priority' : undefined;
}
