/** Rules for the MAC of a virtual router: with unicast, among several, and on this host. Pure. */

import type { z } from 'zod';
import { type Cidr, familyOf } from '../../lib/ip-address.ts';
import { mayBeUnsigned, readSignature } from '../../net/link-signature.ts';
import type { RouterConfig } from './config.ts';
import type { Host, HostInterface } from './host.ts';
import type { Problem } from './problems.ts';

/** A virtual router as far as these rules look; a setting that is missing or wrong is undefined. */
export interface VmacDraft {
  readonly vrid?: number | undefined;
  readonly vip?: readonly Cidr[] | undefined;
  readonly unicast?: object | undefined;
  readonly vmac?:
    | {
        readonly enabled?: boolean | undefined;
        readonly interface?: string | undefined;
        readonly 'advertise-from'?: string | undefined;
      }
    | undefined;
}

type Context = Pick<z.core.$RefinementCtx, 'addIssue'>;

/** An advertisement to the group goes to a MAC that is known; to whom one for a peer goes, the interface below must find out. */
export function checkVmac({ vmac: settings, unicast }: VmacDraft, context: Context): void {
  if (settings?.enabled !== true || unicast === undefined || settings['advertise-from'] !== 'vmac') return;
  context.addIssue({
    code: 'custom',
    path: ['vmac', 'advertise-from'],
    message: 'must be base with unicast: what goes to a peer leaves by the interface below',
    params: { fix: 'use base, on all nodes' },
  });
}

/** Each has an interface of its own. */
export function checkVmacNames(routers: Readonly<Record<string, VmacDraft>>, context: Context): void {
  const seen = new Map<string, string>();
  for (const [name, router] of Object.entries(routers)) {
    if (router.vmac?.enabled !== true) continue;
    const own = vmacName(router);
    const other = seen.get(own);
    if (other !== undefined)
      context.addIssue({
        code: 'custom',
        path: [name, 'vmac', 'interface'],
        message: `is ${own}, which ${other} has too`,
        params: { fix: 'give each virtual router another vmac.interface' },
      });
    seen.set(own, name);
  }
}

/** The name of its interface. */
export function vmacName({ vmac: settings, vip: [first] = [], vrid }: VmacDraft): string {
  const isIpv6 = first !== undefined && familyOf(first.address) === 6;
  return settings?.interface ?? `${isIpv6 ? 'vrrp6' : 'vrrp'}.${vrid}`;
}

/** What keeps the macvlan from being made, or from being of use, here. */
export function checkVmacHost(
  name: string,
  { vmac }: RouterConfig,
  below: HostInterface,
  { interfaces }: Host,
  source: (path: string) => string,
): Problem[] {
  if (vmac === undefined) return [];
  const path = `vrrp.${name}.vmac.interface`;
  const taken = interfaces.find(other => other.name === vmac.interface && !isOurs(other));
  const problem = (what: string, fix: string): Problem => ({
    severity: 'error',
    path,
    what,
    source: source(path),
    fix,
  });
  return [
    ...(taken === undefined
      ? []
      : [
          problem(
            `${vmac.interface} is there already${taken.kind === undefined ? '' : `, a ${taken.kind}`}, and is not Locum's`,
            `delete it (ip link delete ${vmac.interface}), or give the virtual router another vmac.interface`,
          ),
        ]),
    ...(below.kind === 'ipvlan'
      ? [
          problem(
            `${below.name} is an ipvlan, which takes in no other MAC than its own`,
            'do without vmac, or use a network with the driver macvlan or bridge',
          ),
        ]
      : []),
  ];
}

function isOurs(link: HostInterface): boolean {
  return readSignature(link.alias) !== undefined || mayBeUnsigned(link);
}
