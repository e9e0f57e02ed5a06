/**
 * The kernel settings that decide whether packets for a virtual address are taken and answered (ip-sysctl of the kernel's
 * documentation). Pure. Of rp_filter, arp_ignore and arp_announce the larger of `all` and the interface's own value counts.
 */

import { type Cidr, contains, type IpAddress } from '../lib/ip-address.ts';
import { about, type Line } from './line.ts';

/** The settings in force on an interface: the larger of `conf.all` and its own. */
export interface InterfaceSettings {
  readonly name: string;
  readonly rpFilter: number;
  readonly arpIgnore: number;
  readonly arpAnnounce: number;
  readonly networks: readonly Cidr[];
}

export interface SysctlFacts {
  readonly own: InterfaceSettings;
  /** The other interfaces of this network namespace that are up. */
  readonly others: readonly InterfaceSettings[];
  /** Interfaces that default routes leave by. */
  readonly defaultRoutes: readonly string[];
  /** The virtual addresses on the interface. */
  readonly vips: readonly IpAddress[];
}

const STRICT = 1;
const ANSWER_NOBODY = 8;
const IN_COMPOSE =
  'for a container under `sysctls:` of the one that owns the network (the holder), with `all` instead of the name';

export function sysctlLines(facts: SysctlFacts): Line[] {
  return [rpFilterLine(facts), arpLine(facts)];
}

const FILTER_NAMES: Readonly<Record<number, string>> = { 0: 'off (0)', 1: 'strict (1)', 2: 'loose (2)' };

function rpFilterLine({ own, others, defaultRoutes, vips }: SysctlFacts): Line {
  const { name, rpFilter } = own;
  const line = about('rp_filter', name);
  const value = FILTER_NAMES[rpFilter] ?? String(rpFilter);
  const fix = `sysctl -w net.ipv4.conf.${name}.rp_filter=2; ${IN_COMPOSE}`;
  if (rpFilter !== STRICT) return line.ok(value);
  const [twin] = sharing(own, others);
  if (twin !== undefined)
    return line.warn(
      `${value}, and ${twin.name} is on the same network: what arrives here and is routed back there is dropped, adverts too`,
      fix,
    );
  const elsewhere = defaultRoutes.find(route => route !== name);
  if (elsewhere !== undefined && !defaultRoutes.includes(name))
    return line.warn(
      `${value}, but the default route leaves by ${elsewhere}: what comes here for ${vips.join(', ')} from beyond its network is dropped`,
      fix,
    );
  return line.ok(`${value}, and answers leave the way requests come`);
}

function arpLine({ own, others, vips }: SysctlFacts): Line {
  const { name, arpIgnore, arpAnnounce } = own;
  const line = about('arp', name);
  const values = `arp_ignore ${arpIgnore}, arp_announce ${arpAnnounce}`;
  if (arpIgnore === ANSWER_NOBODY)
    return line.fail(
      `${values}: this host answers no ARP request, so nobody finds ${vips.join(', ')} here`,
      `sysctl -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.${name}.arp_ignore=0; ${IN_COMPOSE}`,
    );
  const twin = sharing(own, others).find(other => other.arpIgnore === 0);
  if (twin !== undefined)
    return line.warn(
      `${twin.name} is on the same network and answers for ${vips.join(', ')} too, with its own Ethernet address`,
      'sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
    );
  return line.ok(values);
}

/** The other interfaces in a network of this one. */
function sharing(own: InterfaceSettings, others: readonly InterfaceSettings[]): InterfaceSettings[] {
  return others.filter(other =>
    other.networks.some(theirs =>
      own.networks.some(ours => contains(ours, theirs.address) || contains(theirs, ours.address)),
    ),
  );
}

export interface NonlocalBindFacts {
  readonly value: number;
  /** Sockets that listen on a virtual address itself: `198.18.51.100:80`. */
  readonly bound: readonly string[];
}

export function nonlocalBindLine({ value, bound }: NonlocalBindFacts): Line {
  const line = about('ip_nonlocal_bind');
  if (value !== 0) return line.ok(`${value}: a backup can listen on the virtual address`);
  if (bound.length === 0) return line.ok('0, and nothing listens on a virtual address alone');
  return line.warn(
    `0, and somebody listens on ${bound.join(', ')}: a backup does not have that address, so nginx cannot start or reload there`,
    'let nginx listen on the port alone (`listen 80;`), or sysctl -w net.ipv4.ip_nonlocal_bind=1 on both nodes',
  );
}
