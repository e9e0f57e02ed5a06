/**
 * What is wrong with a virtual router: from what the nodes say of it and of one another. The snapshots of two nodes are not of the same
 * instant, so two masters, or none, for the moment of a hand-over are no trouble.
 */

import type { Trouble } from './trouble.ts';
import { freshMembers, heldMs, SETTLING_MS, type Spoken, type VirtualRouter } from './virtual-routers.ts';
import { ageMs, bare, span, times, together } from './words.ts';

/** As long as a backup may wait, that hears nobody and will be master by itself. */
const ELECTION_MS = 15_000;
/** A warning of a peer that was last seen longer ago is over. */
const RECENT_MS = 60_000;
/** Changes to or from master within {@link RECENT_MS}. */
const FLAPPING_CHANGES = 4;

export function routerTroubles(virtual: VirtualRouter): Trouble[] {
  const fresh = freshMembers(virtual);
  const found: Omit<Trouble, 'router'>[] = [
    ...masterTroubles(virtual, fresh),
    ...fresh.flatMap(member => [
      ...stateTroubles(member),
      ...addressTroubles(member),
      ...peerTroubles(member),
    ]),
  ];
  return found.map(trouble => ({ ...trouble, router: virtual.key }));
}

type Found = Omit<Trouble, 'router'>;

function masterTroubles(virtual: VirtualRouter, fresh: readonly Spoken[]): Found[] {
  if (fresh.length === 0) return [];
  const masters = fresh.filter(({ router }) => router.state === 'master');
  const forMs = Math.min(...(masters.length > 0 ? masters : fresh).map(heldMs));
  if (masters.length > 1) {
    const who = together(masters.map(({ node }) => node.name));
    if (forMs < SETTLING_MS)
      return [notice(`${virtual.name} is being handed over`, `${who} are both master for a moment`)];
    return [
      {
        level: 'alarm',
        what: `${virtual.name} has ${masters.length} masters for ${span(forMs)}: ${who}`,
        detail:
          'They do not hear each other: look at the network between them, a packet filter, and the warnings of their peers.',
      },
    ];
  }
  return masters.length === 1 ? [] : withoutMaster(virtual, fresh, forMs);
}

function withoutMaster({ name }: VirtualRouter, fresh: readonly Spoken[], forMs: number): Found[] {
  // Somebody else is heard, whom this page does not show.
  if (fresh.some(({ router }) => router.masterAddress !== null)) return [];
  if (forMs < SETTLING_MS) return [notice(`${name} is being handed over`, 'nobody is master for a moment')];
  const next = fresh.find(({ router }) => router.state === 'backup' && router.nextDeadline !== null);
  if (next !== undefined && forMs < ELECTION_MS)
    return [notice(`${name} has no master yet`, `${next.node.name} takes over unless it hears one`)];
  return [
    {
      level: 'alarm',
      what: `${name} has no master`,
      detail: together(fresh.map(({ node, router }) => `${node.name}: ${router.reason}`)),
    },
  ];
}

function stateTroubles({ node, router }: Spoken): Found[] {
  const changes = router.transitions.filter(
    ({ from, to, when }) => (from === 'master' || to === 'master') && ageMs(when, node.elapsedMs) < RECENT_MS,
  ).length;
  return [
    ...(router.state === 'fault'
      ? [warning(`${router.name} is in fault on ${node.name}, which cannot stand in`, router.reason)]
      : []),
    ...(changes >= FLAPPING_CHANGES
      ? [
          warning(
            `${router.name} flaps on ${node.name}`,
            `to or from master ${times(changes, 'time')} within a minute`,
          ),
        ]
      : []),
    ...(router.syncGroup?.ready === true
      ? [
          notice(
            `${router.name} would be master on ${node.name}`,
            `it waits for the others of group ${router.syncGroup.name}`,
          ),
        ]
      : []),
  ];
}

function addressTroubles(member: Spoken): Found[] {
  const { node, router } = member;
  if (heldMs(member) < SETTLING_MS) return [];
  const named = (present: boolean): string =>
    together(router.vips.filter(vip => vip.present === present).map(vip => bare(vip.address)));
  const missing = named(false);
  if (router.state === 'master' && missing !== '')
    return [
      {
        level: 'alarm',
        what: `${node.name} is master of ${router.name} without ${missing}`,
        detail: `The kernel does not have it on ${router.vmac?.interface ?? router.interface}: somebody took it away, or it could not be added.`,
      },
    ];
  const present = named(true);
  // An owner's address is its own, whoever is master.
  if (router.state === 'master' || present === '' || router.basePriority === 255) return [];
  return [
    warning(
      `${node.name} has ${present} and is not master of ${router.name}`,
      'Somebody else added it there: two nodes may answer for it.',
    ),
  ];
}

function peerTroubles({ node, router }: Spoken): Found[] {
  return [...router.peers, ...router.refused].flatMap(({ address, warnings }) =>
    warnings
      .filter(({ lastSeen }) => ageMs(lastSeen, node.elapsedMs) < RECENT_MS)
      .map(({ text, dropped, count }) =>
        warning(
          `${router.name} on ${node.name}: ${address ?? 'somebody'} ${dropped ? 'is not believed' : 'differs'}`,
          `${text}${dropped ? ` (${times(count, 'packet')} dropped)` : ''}`,
        ),
      ),
  );
}

const warning = (what: string, detail: string): Found => ({ level: 'warning', what, detail });
const notice = (what: string, detail: string): Found => ({ level: 'notice', what, detail });
