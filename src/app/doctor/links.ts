/** What an examination needs to know of the interfaces: rtnetlink, and the settings below /proc/sys/net/ipv4. Only reads. */

import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import type { InterfaceFacts } from '../../doctor/interface.ts';
import { defaultRoutesOf, listenersOn } from '../../doctor/proc-net.ts';
import type { InterfaceSettings, NonlocalBindFacts, SysctlFacts } from '../../doctor/sysctls.ts';
import type { IpAddress } from '../../lib/ip-address.ts';
import type { MacAddress } from '../../lib/mac-address.ts';
import { type KernelAddress, type KernelLink, openRouteNetlink } from '../../net/rtnetlink.ts';
import { RT_SCOPE_GLOBAL } from '../../net/rtnetlink-messages.ts';
import { readInterfaceNames } from '../survey.ts';

/** The interfaces of this network namespace, by name. */
export interface LinkTable {
  readonly links: ReadonlyMap<string, ReadLink>;
  /** Interfaces that default routes leave by. */
  readonly defaultRoutes: readonly string[];
  /** Of every interface. */
  readonly macs: ReadonlySet<MacAddress>;
}

export interface ReadLink {
  readonly link: KernelLink;
  readonly addresses: readonly KernelAddress[];
  readonly settings: InterfaceSettings | undefined;
}

const LOOPBACK = 'lo';

/** Throws an OperatingError when the kernel does not answer. */
export async function readLinks(): Promise<LinkTable> {
  const names = await readInterfaceNames();
  const netlink = openRouteNetlink(() => {});
  try {
    const all = netlink.listAddresses();
    const read = names.map(async (name): Promise<[string, ReadLink][]> => {
      const link = netlink.readLink(name);
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
  networks: readonly KernelAddress[],
): Promise<InterfaceSettings | undefined> {
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
async function readNumber(setting: string): Promise<number> {
  const text = await readText(`/proc/sys/net/ipv4/${setting}`);
  return text === '' ? Number.NaN : Number(text);
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

export function interfaceFacts({ link, addresses }: ReadLink): InterfaceFacts {
  const { name, up, running, multicast, arp, mac } = link;
  return { name, up, running, multicast, arp, ethernet: mac !== undefined, addresses };
}

/** Undefined where the kernel does not show the settings. */
export function sysctlFacts(
  table: LinkTable,
  name: string,
  vips: readonly IpAddress[],
): SysctlFacts | undefined {
  const own = table.links.get(name)?.settings;
  if (own === undefined) return undefined;
  const others = [...table.links.values()].flatMap(({ link, settings }) =>
    link.name === name || link.name === LOOPBACK || !link.up || settings === undefined ? [] : [settings],
  );
  return { own, others, defaultRoutes: table.defaultRoutes, vips };
}

/** The address that this node's adverts come from: the first global one that is not a leased virtual address. */
export function primaryOf({ addresses }: ReadLink, vips: readonly IpAddress[]): IpAddress | undefined {
  const candidates = addresses.filter(
    ({ address, scope, validSeconds }) =>
      scope === RT_SCOPE_GLOBAL && (validSeconds === undefined || !vips.includes(address)),
  );
  return (candidates.find(({ secondary }) => !secondary) ?? candidates[0])?.address;
}

/** Undefined where the kernel does not show it. */
export async function readNonlocalBind(vips: readonly IpAddress[]): Promise<NonlocalBindFacts | undefined> {
  const value = await readNumber('ip_nonlocal_bind');
  if (Number.isNaN(value)) return undefined;
  return { value, bound: listenersOn(await readText('/proc/net/tcp'), vips, endianness() === 'LE') };
}
