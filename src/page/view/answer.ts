/** The answer to the first question of whoever opens the page: who holds the address, and is anything wrong. */

import type { NodeView } from './node.ts';
import { type Trouble, worstOf } from './trouble.ts';
import { freshMembers, heldMs, SETTLING_MS, type Spoken, type VirtualRouter } from './virtual-routers.ts';
import { span, times, together } from './words.ts';

/** `unknown`: there is nothing fresh to answer with. */
export type Mood = 'fine' | 'notice' | 'warning' | 'alarm' | 'unknown';

export interface Answer {
  readonly mood: Mood;
  /** Who holds what, in one sentence. */
  readonly headline: string;
  /** Since when and why, or what is known beside. */
  readonly detail: string;
}

/** Who holds a virtual router, by all that is fresh. */
export type Holder =
  | { readonly kind: 'nodes'; readonly names: readonly string[] }
  /** A router that no page is shown of, by its address. */
  | { readonly kind: 'other'; readonly address: string }
  /** A hand-over under way: nobody for a moment. */
  | { readonly kind: 'passing' }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'unknown' };

export function holderOf(virtual: VirtualRouter): Holder {
  const fresh = freshMembers(virtual);
  if (fresh.length === 0) return { kind: 'unknown' };
  const masters = mastersOf(fresh);
  const [latest] = masters;
  if (latest !== undefined) {
    // The one before has not told yet that it gave way.
    const holders = heldMs(latest) < SETTLING_MS ? [latest] : masters;
    return { kind: 'nodes', names: holders.map(({ node }) => node.name).sort() };
  }
  const address = fresh.find(({ router }) => router.masterAddress !== null)?.router.masterAddress;
  if (typeof address === 'string') return { kind: 'other', address };
  return { kind: fresh.some(member => heldMs(member) < SETTLING_MS) ? 'passing' : 'nobody' };
}

/** The latest first. */
const mastersOf = (members: readonly Spoken[]): Spoken[] =>
  members.filter(({ router }) => router.state === 'master').sort((one, other) => heldMs(one) - heldMs(other));

export function answerOf(
  nodes: readonly NodeView[],
  routers: readonly VirtualRouter[],
  troubles: readonly Trouble[],
): Answer {
  const own = nodes[0];
  if (nodes.every(({ freshness }) => freshness !== 'live'))
    return {
      mood: 'unknown',
      headline:
        own === undefined || own.freshness === 'waiting'
          ? 'Asking the node …'
          : `No word from ${together(nodes.map(({ name }) => name))}`,
      detail: own?.status ? 'Below is what was said last. The page goes on asking.' : '',
    };
  const mood = worstOf(troubles) ?? 'fine';
  const [first] = routers;
  if (first === undefined)
    return { mood, headline: 'No virtual router is configured', detail: 'There is no address to hold.' };
  return { mood, ...(routers.length === 1 ? ofOne(first) : ofMany(routers)) };
}

function ofOne(virtual: VirtualRouter): Omit<Answer, 'mood'> {
  const what = together(virtual.addresses) || virtual.name;
  const holder = holderOf(virtual);
  switch (holder.kind) {
    case 'nodes':
      return holder.names.length === 1
        ? { headline: `${holder.names[0]} holds ${what}`, detail: sinceAndWhy(virtual) }
        : {
            headline: `${holder.names.length} nodes hold ${what}`,
            detail: `${together(holder.names)} are master of ${virtual.name}`,
          };
    case 'other':
      return {
        headline: `${holder.address} holds ${what}`,
        detail: `master of ${virtual.name}; no page of that node is shown`,
      };
    case 'passing':
      return {
        headline: `${what} is being handed over`,
        detail: `nobody is master of ${virtual.name} for a moment`,
      };
    case 'nobody':
      return { headline: `Nobody holds ${what}`, detail: `no master of ${virtual.name}` };
    case 'unknown':
      return { headline: `Who holds ${what} is not known`, detail: 'the nodes that have it are silent' };
  }
}

function sinceAndWhy(virtual: VirtualRouter): string {
  const [latest] = mastersOf(freshMembers(virtual));
  return latest === undefined
    ? ''
    : `master of ${virtual.name} for ${span(heldMs(latest))}: ${latest.router.reason}`;
}

function ofMany(routers: readonly VirtualRouter[]): Omit<Answer, 'mood'> {
  const holders = routers.map(holderOf);
  const of = (kind: Holder['kind']): number => holders.filter(holder => holder.kind === kind).length;
  const torn = holders.filter(holder => holder.kind === 'nodes' && holder.names.length > 1).length;
  const all = `${routers.length} virtual routers`;
  const shares = sharesOf(holders);
  const detail = shares.map(([name, count]) => `${name} ${count}`).join(' · ');
  if (torn > 0) return { headline: `${torn} of ${all} have two masters`, detail };
  if (of('nobody') > 0) return { headline: `${of('nobody')} of ${all} have no master`, detail };
  if (of('unknown') > 0) return { headline: `${of('unknown')} of ${all} are not known`, detail };
  const [only] = shares;
  return shares.length === 1 && only !== undefined
    ? { headline: `${only[0]} holds all ${times(routers.length, 'virtual router')}`, detail: '' }
    : { headline: `All ${all} have a master`, detail };
}

function sharesOf(holders: readonly Holder[]): [name: string, count: number][] {
  const counts = new Map<string, number>();
  for (const holder of holders)
    for (const name of holder.kind === 'nodes'
      ? holder.names
      : holder.kind === 'other'
        ? [holder.address]
        : [])
      counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts];
}
