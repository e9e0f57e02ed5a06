/**
 * Virtual routers of one node that move together. No RFC has this; keepalived calls it vrrp_sync_group. Everything follows from where the
 * members stand at this moment, so no event can be missed and no order of events matters:
 *
 * - All are backups that are ready: all rise.
 * - Something stands against one: it stands against all.
 * - Else, some are masters and some are not, which comes only of a member that stepped down: the masters step down too.
 *
 * What keeps two groups from taking the addresses from each other without end: where the links of two nodes are not cut alike, each node
 * may win on one of them, and then both step down, both become ready, and both rise again in the same moment. Those that are told to
 * step down therefore wait longer, each node for its own time.
 */

import { addressBytes } from '../lib/ip-address.ts';
import { type Duration, milliseconds } from '../lib/time.ts';
import type { Input, Router } from './state.ts';

export interface Member {
  readonly name: string;
  readonly router: Router;
  /** What stands against this member itself; undefined when nothing does. */
  readonly fault: string | undefined;
}

/** What a member is told. */
export interface Order {
  readonly name: string;
  readonly input: Extract<Input, { type: 'stepDown' }>;
}

/** Whether every member waits for leave to become master: they may be told `rise`, all in one moment. */
export function mayRise(members: readonly Member[]): boolean {
  return members.every(({ router: { state } }) => state.name === 'backup' && state.isReady);
}

/** Who must step down because another member did. */
export function ordersFor(group: string, members: readonly Member[]): readonly Order[] {
  const away = members.find(({ router }) => router.state.name !== 'master');
  if (away === undefined || members.some(({ fault }) => fault !== undefined)) return [];
  const masters = members.filter(({ router }) => router.state.name === 'master');
  const detail = `sync group ${group}: ${away.name} is ${away.router.state.name}`;
  const wait = ownWait(members);
  return masters.map(({ name }) => ({ name, input: { type: 'stepDown', detail, wait } }));
}

/** What stands against a member because it stands against another one; undefined when nothing does. */
export function faultOf(group: string, member: Member, members: readonly Member[]): string | undefined {
  const culprit = members.find(({ name, fault }) => name !== member.name && fault !== undefined);
  return culprit && `sync group ${group}: ${culprit.name}: ${culprit.fault}`;
}

/** More than nodes of one link need to hear each other. */
const STEP: Duration = milliseconds(4);

/**
 * At most 1.02 s. Different on any two nodes whose addresses differ in the last octet, on the link of the same member: nodes name their
 * routers as they like, and agree only on VRIDs.
 */
function ownWait(members: readonly Member[]): Duration {
  const [lead] = members.toSorted((a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1));
  const last = lead && addressBytes(lead.router.parameters.primaryAddress).at(-1);
  return milliseconds(((last ?? 0) * STEP) / milliseconds(1));
}

function rankOf({ router }: Member): number {
  return router.parameters.vrid;
}
