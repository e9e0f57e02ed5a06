/** What is odd about owners, delays and sync groups although every value is right. Pure. */

import { formatCidr } from '../../lib/ip-address.ts';
import { OWNER_PRIORITY } from '../../vrrp/parameters.ts';
import type { Merged } from './merge.ts';
import type { Problem } from './problems.ts';
import type { Settings } from './schema.ts';

type Router = Settings['vrrp'][string];
type SourceOf = (path: string) => string;

/** Warnings. */
export function checkStanding({ vrrp, track }: Settings, { sources }: Merged): Problem[] {
  const routers = Object.entries(vrrp);
  const sourceOf: SourceOf = path => sources.get(path) ?? 'not set anywhere';
  return [
    ...routers.flatMap(([name, router]) => remarksOnOwner(name, router, track, sourceOf)),
    ...routers.flatMap(([name, router]) => remarksOnDelay(name, router, sourceOf)),
    ...remarksOnGroups(routers, sourceOf),
  ];
}

function warning(path: string, sourceOf: SourceOf, what: string, fix: string): Problem {
  return { severity: 'warning', path, what, source: sourceOf(path), fix };
}

function remarksOnOwner(
  name: string,
  { priority, vip, track: followed }: Router,
  track: Settings['track'],
  sourceOf: SourceOf,
): Problem[] {
  if (priority !== OWNER_PRIORITY) return [];
  const path = `vrrp.${name}.priority`;
  const trackers = Object.entries(track).filter(([tracker]) => followed?.includes(tracker) ?? true);
  const vital = trackers.flatMap(([tracker, { weight }]) => (weight === 0 ? [tracker] : []));
  const weighted = trackers.flatMap(([tracker, { weight }]) => (weight === 0 ? [] : [tracker]));
  const addresses = vip.map(formatCidr).join(' and ');
  const fix = 'use a priority below 255 unless the addresses belong to this host for good';
  return [
    ...(weighted.length === 0
      ? []
      : [
          warning(
            path,
            sourceOf,
            `255 never changes: the weight of ${weighted.join(', ')} does nothing, and this node stays master whatever fails`,
            fix,
          ),
        ]),
    ...(vital.length === 0
      ? []
      : [
          warning(
            path,
            sourceOf,
            `an owner gives up its advertisements when ${vital.join(' or ')} fails, but keeps ${addresses} where that is the host's own: two nodes would have it`,
            fix,
          ),
        ]),
  ];
}

function remarksOnDelay(name: string, router: Router, sourceOf: SourceOf): Problem[] {
  const { 'preempt-delay': preemptDelay, preempt, priority } = router;
  if (preemptDelay === 0 || (preempt && priority !== OWNER_PRIORITY)) return [];
  const why = priority === OWNER_PRIORITY ? 'the owner is master at once' : 'preempt is false';
  const path = `vrrp.${name}.preempt-delay`;
  return [
    warning(path, sourceOf, `does nothing: ${why}`, 'leave it out, or preempt with a priority below 255'),
  ];
}

/** What members must agree on, since they move together. */
const SHARED = ['priority', 'preempt', 'preempt-delay', 'timing'] as const;

function remarksOnGroups(routers: readonly (readonly [string, Router])[], sourceOf: SourceOf): Problem[] {
  const groups = new Map<string, (readonly [string, Router])[]>();
  for (const [name, router] of routers) {
    const group = router['sync-group'];
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), [name, router]]);
  }
  return [...groups].flatMap(([group, [first, ...rest]]) => {
    if (first === undefined) return [];
    if (rest.length === 0) return [groupOfOne(group, first[0], sourceOf)];
    return rest.flatMap(member => differences(group, first, member, sourceOf));
  });
}

function groupOfOne(group: string, name: string, sourceOf: SourceOf): Problem {
  return warning(
    `vrrp.${name}.sync-group`,
    sourceOf,
    `${name} is the only virtual router in ${group}: a group of one changes nothing`,
    'name the same group at the routers that belong together, or leave it out',
  );
}

function differences(
  group: string,
  [firstName, first]: readonly [string, Router],
  [name, router]: readonly [string, Router],
  sourceOf: SourceOf,
): Problem[] {
  return SHARED.filter(setting => router[setting] !== first[setting]).map(setting =>
    warning(
      `vrrp.${name}.${setting}`,
      sourceOf,
      `differs from that of ${firstName}, and both are in the sync group ${group}: one that wants to rise waits for the other`,
      `set it to the same on all members of ${group}`,
    ),
  );
}
