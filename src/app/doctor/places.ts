/** The interfaces that virtual routers live on, each looked at and listened to: the facts about a link and its addresses. */

import type { AddressFacts } from '../../doctor/address.ts';
import type { LinkFacts } from '../../doctor/diagnose.ts';
import type { OwnRouter } from '../../doctor/speakers.ts';
import { OperatingError } from '../../lib/errors.ts';
import { formatCidr, type IpAddress } from '../../lib/ip-address.ts';
import { type Duration, inMilliseconds } from '../../lib/time.ts';
import { interfaceFor } from '../config/check-host.ts';
import type { Config, RouterConfig } from '../config/config.ts';
import { parametersOf } from '../parameters.ts';
import type { Beside } from './beside.ts';
import { interfaceFacts, type LinkTable, primaryOf, type ReadLink, sysctlFacts } from './links.ts';
import { type Heard, listenOn } from './listening.ts';

/** An interface, and the virtual routers on it. */
export interface Place {
  readonly read: ReadLink;
  readonly routers: readonly (readonly [name: string, config: RouterConfig])[];
}

/** The configuration was held against the host before: an interface that has gone meanwhile is left out. */
export function placesOf({ vrrp }: Config, { links }: LinkTable): Place[] {
  const candidates = [...links.values()].map(({ link, addresses }) => ({
    name: link.name,
    up: link.up,
    addresses,
  }));
  const places = new Map<ReadLink, [string, RouterConfig][]>();
  for (const entry of Object.entries(vrrp)) {
    const read = links.get(interfaceFor(entry[1], candidates)?.name ?? '');
    if (read !== undefined) places.set(read, [...(places.get(read) ?? []), entry]);
  }
  return [...places].map(([read, routers]) => ({ read, routers }));
}

export const vipsOf = (routers: readonly RouterConfig[]): IpAddress[] =>
  routers.flatMap(({ vip }) => vip.map(({ address }) => address));

export async function linkFacts(
  { read, routers }: Place,
  table: LinkTable,
  beside: Beside,
  duration: Duration,
): Promise<LinkFacts> {
  const { name } = read.link;
  const configs = routers.map(([, config]) => config);
  const own = routers.map(([router, config]) => ownRouter(router, config, name, beside));
  const heard = await listenTo(read, configs, table, duration);
  return {
    link: interfaceFacts(read),
    sysctls: sysctlFacts(table, name, vipsOf(configs)),
    firewall: heard?.firewall,
    routers: own,
    heard: heard && { speakers: heard.speakers, listenedMs: inMilliseconds(duration) },
    addresses:
      heard === undefined ? [] : routers.flatMap(([, router]) => addressFacts(router, heard, table, beside)),
  };
}

function ownRouter(name: string, config: RouterConfig, interfaceName: string, beside: Beside): OwnRouter {
  const { vrid, version, priority, advertInterval, vip } = config;
  return {
    name,
    interface: interfaceName,
    vrid,
    version,
    priority,
    intervalMs: inMilliseconds(advertInterval),
    addresses: vip.map(({ address }) => address),
    state: beside.stateOf(vrid),
  };
}

const NO_ADDRESS = '0.0.0.0' as IpAddress;

/** Undefined when it cannot be listened: the lines about the interface or the capabilities say why. */
async function listenTo(
  read: ReadLink,
  configs: readonly RouterConfig[],
  { macs }: LinkTable,
  duration: Duration,
): Promise<Heard | undefined> {
  const { name, index, mac, up, running } = read.link;
  if (!up || !running || mac === undefined) return undefined;
  const primary = primaryOf(read, vipsOf(configs));
  try {
    return await listenOn({
      interfaceName: name,
      interfaceIndex: index,
      mac,
      primary,
      routers: configs.map(config => parametersOf(config, primary ?? NO_ADDRESS, config.priority)),
      ownMacs: macs,
      duration,
    });
  } catch (thrown) {
    if (!(thrown instanceof OperatingError)) throw thrown;
    return undefined;
  }
}

function addressFacts(
  { vrid, vip }: RouterConfig,
  { answers, speakers }: Heard,
  { links }: LinkTable,
  beside: Beside,
): AddressFacts[] {
  const everywhere = [...links.values()].flatMap(({ link, addresses }) =>
    addresses.map(address => ({ interface: link.name, ...address })),
  );
  return vip.map(cidr => {
    const here = everywhere.find(({ address }) => address === cidr.address);
    const masters = speakers.filter(
      ({ priority, addresses }) => priority > 0 && addresses.includes(cidr.address),
    );
    return {
      vip: formatCidr(cidr),
      vrid,
      here: here && {
        interface: here.interface,
        cidr: formatCidr(here),
        leased: here.validSeconds !== undefined,
      },
      answers: [...(answers.get(cidr.address) ?? [])],
      masters: masters.map(({ source }) => source),
      state: beside.stateOf(vrid),
    };
  });
}
