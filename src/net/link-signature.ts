/**
 * How Locum signs the macvlans that it makes: in the alias (IFLA_IFALIAS), with what the parent was like before. Pure. The alias stays
 * when this process is killed, goes when the interface goes, and no other program writes it.
 */

import type { ArpSettings } from './arp-restraint.ts';

export interface LinkSignature {
  /** Which daemon it belongs to, without white space. */
  readonly owner: string;
  /** The interface below, and its settings as they were; undefined when nothing of it was changed. */
  readonly parent: { readonly name: string; readonly before: ArpSettings } | undefined;
}

const SIGNATURE = /^locum at (\S+)(?: \((\S+) had arp_ignore (\d+), arp_announce (\d+)\))?$/;

export function formatSignature({ owner, parent }: LinkSignature): string {
  if (parent === undefined) return `locum at ${owner}`;
  const { name, before } = parent;
  return `locum at ${owner} (${name} had arp_ignore ${before.arpIgnore}, arp_announce ${before.arpAnnounce})`;
}

/** Undefined for an alias that is not Locum's. */
export function readSignature(alias: string | undefined): LinkSignature | undefined {
  const [, owner, name, arpIgnore, arpAnnounce] = SIGNATURE.exec(alias ?? '') ?? [];
  if (owner === undefined) return undefined;
  const before = { arpIgnore: Number(arpIgnore), arpAnnounce: Number(arpAnnounce) };
  return { owner, parent: name === undefined ? undefined : { name, before } };
}

/** Whether it may be of a daemon that was killed before it could sign: such a one is down. */
export function mayBeUnsigned(link: {
  readonly kind?: string | undefined;
  readonly alias?: string | undefined;
  readonly up: boolean;
}): boolean {
  return link.kind === 'macvlan' && link.alias === undefined && !link.up;
}
