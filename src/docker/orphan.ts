/**
 * What to do in a network namespace that has lost its interfaces. Docker gives a container a new namespace at each start and takes the
 * interfaces out of the old one; whoever joined the old one (HostConfig.NetworkMode `container:…`, Docker Engine API) stays in it, with
 * loopback alone, also when the container is back. Only a restart joins the new one. And Docker restarts only what can join: a container
 * that ends while the one that it joins is down stays down, so that one must be up, and stay up, before we may go. Pure.
 */

import { after, type Duration, type Instant, later, seconds } from '../lib/time.ts';
import type { ContainerSnapshot } from './snapshot.ts';

/** How long the owner must have run: one that fails as soon as it starts would be down again when Docker restarts us. */
export const STEADY: Duration = seconds(2);

export type Advice =
  /** The namespace is still the owner's: it is on no network. */
  | 'stay'
  /** The owner does not run, or not for long enough. */
  | 'wait'
  /** The owner runs, elsewhere. A restart joins it. */
  | 'leave'
  /** There is no such container any more: whoever joined it must be made anew too. */
  | 'recreate';

/** What happened to the namespace of the container that owns it. */
export interface Orphanhood {
  /** Since when no interface but loopback has an address. */
  readonly aloneSince: Instant;
  /** When the owner was last heard to start or to end; undefined: never. */
  readonly ownerChangedAt: Instant | undefined;
}

/** The moment from which a list tells whether the owner is back for good. */
export function steadyFrom({ aloneSince, ownerChangedAt }: Orphanhood): Instant {
  return after(later(aloneSince, ownerChangedAt ?? aloneSince), STEADY);
}

/** `owner`: as in a list that was asked for at that moment; undefined when it is not in it. */
export function advise(
  owner: ContainerSnapshot | undefined,
  orphanhood: Orphanhood,
  askedAt: Instant,
): Advice {
  if (owner === undefined) return 'recreate';
  if (owner.state !== 'running' || askedAt < steadyFrom(orphanhood)) return 'wait';
  return hasInterfaces(owner) ? 'leave' : 'stay';
}

/** A network `none` gives loopback alone; one that is the host's is not made anew. */
function hasInterfaces({ networkMode, networks }: ContainerSnapshot): boolean {
  return !['none', 'host'].includes(networkMode) && networks.length > 0;
}
