/** Rules about the family of a virtual router, which is that of its addresses, and about the addresses it speaks with. */

import type { z } from 'zod';
import { type Cidr, type Family, familyOf, type IpAddress, isLinkLocal } from '../../lib/ip-address.ts';
import { OWNER_PRIORITY } from '../../vrrp/parameters.ts';
import type { Fault } from './leaf.ts';

/** A virtual router as far as these rules look; a setting that is missing or wrong is undefined. */
export interface FamilyDraft {
  readonly vip?: readonly Cidr[] | undefined;
  readonly priority?: number | undefined;
  readonly version?: string | undefined;
  readonly source?: IpAddress | undefined;
  readonly unicast?: { readonly peers?: readonly IpAddress[] | undefined } | undefined;
  readonly auth?: { readonly type?: string | undefined } | undefined;
}

type Report = (path: readonly string[], fault: Fault) => void;

export function checkFamily(router: FamilyDraft, context: Pick<z.core.$RefinementCtx, 'addIssue'>): void {
  const [first] = router.vip ?? [];
  if (first === undefined) return;
  const family = familyOf(first.address);
  const report: Report = (path, { what, fix }) =>
    context.addIssue({ code: 'custom', path: [...path], message: what, params: { fix } });
  if (router.vip?.some(({ address }) => familyOf(address) !== family) === true)
    report(['vip'], {
      what: 'has both IPv4 and IPv6 addresses, and an advertisement has room for one of them',
      fix: 'make two virtual routers, which may share the VRID, or move those of one family to excluded-vip',
    });
  if (family === 6) checkVersion(router, report);
  checkSource(router, family, report);
  checkPeers(router, family, report);
}

function checkVersion({ version, auth }: FamilyDraft, report: Report): void {
  if (version === '2')
    report(['version'], {
      what: 'must be 3: version 2 knows no IPv6 (RFC 3768 §5.2)',
      fix: 'leave version out; for authentication use hmac',
    });
  else if (auth?.type === 'pass' || auth?.type === 'ah')
    report(['auth', 'type'], {
      what: 'must be none or hmac over IPv6, where VRRP has no authentication of its own (RFC 9568 §9)',
      fix: 'use hmac, which protects, or leave auth out; pass and ah are of version 2',
    });
}

function checkSource(
  { vip = [], priority, source, unicast }: FamilyDraft,
  family: Family,
  report: Report,
): void {
  if (source === undefined) return;
  if (familyOf(source) !== family) report(['source'], otherFamily(family));
  else if (priority !== OWNER_PRIORITY && vip.some(({ address }) => address === source))
    report(['source'], {
      what: 'is a virtual address, which this node has as a master only',
      fix: 'use an address that this node always has',
    });
  else if (family === 6 && unicast === undefined && !isLinkLocal(source))
    report(['source'], {
      what: 'must be a link-local address: over IPv6 advertisements to the group come from one (RFC 9568 §5.1.2.1)',
      fix: 'leave it out, or use an address that begins with fe80:',
    });
}

function checkPeers({ vip = [], unicast }: FamilyDraft, family: Family, report: Report): void {
  const path = ['unicast', 'peers'];
  const peers = unicast?.peers ?? [];
  if (peers.some(peer => familyOf(peer) !== family)) report(path, otherFamily(family));
  const virtual = peers.find(peer => vip.some(({ address }) => address === peer));
  if (virtual !== undefined)
    report(path, {
      what: `has ${virtual}, which is a virtual address: it reaches the master alone`,
      fix: 'name the nodes by addresses that they always have',
    });
}

function otherFamily(family: Family): Fault {
  return {
    what: `must be IPv${family}, as the virtual addresses are`,
    fix: `use an IPv${family} address`,
  };
}
