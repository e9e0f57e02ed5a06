/** The virtual routers of all nodes, each with what every node says of it: VRID and family name one (RFC 9568 §5.2.3). */

import type { NodeView } from './node.ts';
import type { RouterShown } from './read-status.ts';
import { ageMs, bare } from './words.ts';

/** A node's part in a virtual router. */
export interface Member {
  readonly node: NodeView;
  /** Null when the node has no such router, or has said nothing yet. */
  readonly router: RouterShown | null;
}

export interface VirtualRouter {
  readonly key: string;
  readonly name: string;
  readonly vrid: number;
  readonly family: 4 | 6;
  /** All that any node configures, without prefix lengths, in order. */
  readonly addresses: readonly string[];
  /** One for each node, in their order. */
  readonly members: readonly Member[];
}

interface Draft {
  readonly first: RouterShown;
  readonly routers: Map<NodeView, RouterShown>;
}

/**
 * In the order of the first node's list. A VRID is unique on one network only, so two nodes mean the same router when they also share
 * its name or one of its addresses.
 */
export function virtualRoutersOf(nodes: readonly NodeView[]): VirtualRouter[] {
  const drafts = new Map<string, Draft[]>();
  for (const node of nodes)
    for (const router of node.status?.routers ?? []) {
      const place = `${router.vrid}-${familyOf(router)}`;
      const alike = drafts.get(place) ?? [];
      drafts.set(place, alike);
      const match = alike.find(({ first, routers }) => !routers.has(node) && same(first, router));
      if (match === undefined) alike.push({ first: router, routers: new Map([[node, router]]) });
      else match.routers.set(node, router);
    }
  return [...drafts].flatMap(([place, alike]) =>
    alike.map(({ first, routers }, i) => ({
      key: `${place}-${i}`,
      name: first.name,
      vrid: first.vrid,
      family: familyOf(first),
      addresses: [...new Set([...routers.values()].flatMap(addressesOf))],
      members: nodes.map(node => ({ node, router: routers.get(node) ?? null })),
    })),
  );
}

/** Whose word counts: what a silent node said last is history. */
export function freshMembers({ members }: VirtualRouter): readonly Spoken[] {
  return members.filter(
    (member): member is Spoken => member.router !== null && member.node.freshness === 'live',
  );
}

/** A member that has said something. */
export interface Spoken extends Member {
  readonly router: RouterShown;
}

/** How long it has been in its state. */
export const heldMs = ({ router, node }: Spoken): number => ageMs(router.since, node.elapsedMs);

/** The snapshots of two nodes are not of the same instant: so long may a hand-over look like two masters, or none. */
export const SETTLING_MS = 1_500;

const addressesOf = ({ vips }: RouterShown): string[] => vips.map(({ address }) => bare(address));

const familyOf = ({ vips }: RouterShown): 4 | 6 =>
  vips.some(({ address }) => address.includes(':')) ? 6 : 4;

function same(a: RouterShown, b: RouterShown): boolean {
  const known = new Set(addressesOf(a));
  return a.name === b.name || addressesOf(b).some(address => known.has(address));
}
