/** What an examination needs to know of the interfaces: rtnetlink, and the settings below /proc/sys/net. Only reads. */

import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import type { InterfaceFacts } from '../../doctor/interface.ts';
import type { Ipv6Facts } from '../../doctor/ipv6.ts';
import { defaultRoutesOf, listenersOn } from '../../doctor/proc-net.ts';
import type { InterfaceSettings, NonlocalBindFacts, SysctlFacts } from '../../doctor/sysctls.ts';
import { familyOf, type IpAddress, isLinkLocal } from '../../lib/ip-address.ts';
import type { MacAddress } from '../../lib/mac-address.ts';
import { type KernelAddress, type KernelLinkDetails, openRouteNetlink } from '../../net/rtnetlink.ts';
import { readInterfaceNames } from '../survey.ts';
import { isVmac } from './vmac.ts';

/** The interfaces of this network namespace, by name. */
export interface LinkTable {
  readonly links: ReadonlyMap<string, ReadLink>;
  /** Interfaces that default routes leave by. */
  readonly defaultRoutes: readonly string[];
  /** Of every interface. */
  readonly macs: ReadonlySet<MacAddress>;
}

export interface ReadLink {
  readonly link: KernelLinkDetails;
  readonly addresses: readonly KernelAddress[];
  readonly settings: InterfaceSettings | undefined;
}

const LOOPBACK = 'lo';

/** Throws an OperatingError when the kernel does not answer. */
export async function readLinks(): Promise<LinkTable> {
  const names = await readInterfaceNames();
  const netlink = openRouteNetlink(() => {});
  try {
    const all = await netlink.listAddresses();
    const read = names.map(async (name): Promise<[string, ReadLink][]> => {
      const link = await netlink.readLinkDetails(name);
      if (link === undefined) return [];
      const addresses = all.filter(({ interfaceIndex }) => interfaceIndex === link.index);
      return [[name, { link, addresses, settings: await readSettings(name, addresses) }]];
    });
    const links = new Map((await Promise.all(read)).flat());
    return {
      links,
      defaultRoutes: defaultRoutesOf(await readText('/proc/net/route')),
      macs: new Set([...links.values()].flatMap(({ link }) => link.mac ?? [])),
    };
  } finally {
    netlink.close();
  }
}

/** Undefined where the kernel does not show them. */
async function readSettings(
  name: string,
  addresses: readonly KernelAddress[],
): Promise<InterfaceSettings | undefined> {
  const networks = addresses.filter(({ address }) => familyOf(address) === 4);
  const inForce = async (setting: string): Promise<number> => {
    const read = ['all', name].map(place => readNumber(`conf/${place}/${setting}`));
    return Math.max(...(await Promise.all(read)));
  };
  const [rpFilter, arpIgnore, arpAnnounce] = await Promise.all([
    inForce('rp_filter'),
    inForce('arp_ignore'),
    inForce('arp_announce'),
  ]);
  return Number.isNaN(rpFilter + arpIgnore + arpAnnounce)
    ? undefined
    : { name, rpFilter, arpIgnore, arpAnnounce, networks };
}

/** NaN when it cannot be read. */
async function readNumber(setting: string, protocol: 'ipv4' | 'ipv6' = 'ipv4'): Promise<number> {
  const text = await readText(`/proc/sys/net/${protocol}/${setting}`);
  return text === '' ? Number.NaN : Number(text);
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

export function interfaceFacts({ link, addresses }: ReadLink, usesGroup: boolean): InterfaceFacts {
  const { name, up, running, multicast, arp, mac } = link;
  return { name, up, running, multicast, usesGroup, arp, ethernet: mac !== undefined, addresses };
}

/** Undefined where the kernel does not show the settings. */
export function sysctlFacts(
  table: LinkTable,
  name: string,
  vips: readonly IpAddress[],
): SysctlFacts | undefined {
  const own = table.links.get(name)?.settings;
  if (own === undefined || vips.length === 0) return undefined;
  const others = [...table.links.values()].flatMap(({ link, settings }) =>
    link.name === name || link.name === LOOPBACK || !link.up || isVmac(link) || settings === undefined
      ? []
      : [settings],
  );
  return { own, others, defaultRoutes: table.defaultRoutes, vips };
}

/** What virtual routers of IPv6 need of the interface. */
export async function ipv6Facts({ link: { name }, addresses }: ReadLink): Promise<Ipv6Facts> {
  const disabled = await readNumber(`conf/${name}/disable_ipv6`, 'ipv6');
  const own = addresses.filter(({ address }) => familyOf(address) === 6);
  const usable = own.filter(({ tentative, validSeconds }) => !tentative && validSeconds === undefined);
  return {
    interface: name,
    disabled: Number.isNaN(disabled) ? undefined : disabled,
    linkLocal: usable.map(({ address }) => address).filter(isLinkLocal),
    duplicates: own.flatMap(({ address, duplicate }) => (duplicate ? [address] : [])),
  };
}

/** The addresses of an interface that adverts may come from; not the leased virtual ones. */
export function sourcesOf({ addresses }: ReadLink, vips: readonly IpAddress[]): IpAddress[] {
  const sources = addresses.filter(
    found => !found.tentative && (found.validSeconds === undefined || !vips.includes(found.address)),
  );
  const inOrder = [
    ...sources.filter(({ secondary }) => !secondary),
    ...sources.filter(({ secondary }) => secondary),
  ];
  return inOrder.map(({ address }) => address);
}

/** Undefined where the kernel does not show it. */
export async function readNonlocalBind(vips: readonly IpAddress[]): Promise<NonlocalBindFacts | undefined> {
  const value = await readNumber('ip_nonlocal_bind');
  if (Number.isNaN(value)) return undefined;
  return { value, bound: listenersOn(await readText('/proc/net/tcp'), vips, endianness() === 'LE') };
}
