/** The interfaces that virtual routers live on, each looked at and listened to: the facts about a link and its addresses. */

import type { AddressFacts } from '../../doctor/address.ts';
import type { LinkFacts } from '../../doctor/diagnose.ts';
import type { FirewallFacts } from '../../doctor/firewall.ts';
import type { OwnRouter } from '../../doctor/speakers.ts';
import { OperatingError } from '../../lib/errors.ts';
import { type Family, familyOf, formatCidr, type IpAddress } from '../../lib/ip-address.ts';
import { type Duration, inMilliseconds } from '../../lib/time.ts';
import { interfaceFor } from '../config/check-host.ts';
import type { Config, RouterConfig } from '../config/config.ts';
import { familyOfConfig, primaryAmong } from '../footing.ts';
import { parametersOf, standpointOf } from '../parameters.ts';
import type { Beside } from './beside.ts';
import { interfaceFacts, ipv6Facts, type LinkTable, type ReadLink, sourcesOf, sysctlFacts } from './links.ts';
import { type FilterTried, type Heard, listenOn } from './listening.ts';
import { readVmacs } from './vmac.ts';

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

export const vipsOf = (routers: readonly RouterConfig[], family?: Family): IpAddress[] =>
  routers
    .flatMap(({ vip }) => vip.map(({ address }) => address))
    .filter(address => family === undefined || familyOf(address) === family);

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
    link: interfaceFacts(
      read,
      configs.some(({ unicast }) => unicast === undefined),
    ),
    sysctls: sysctlFacts(table, name, vipsOf(configs, 4)),
    ipv6: vipsOf(configs, 6).length === 0 ? undefined : await ipv6Facts(read),
    vmacs: await readVmacs(name, configs, table.links),
    firewall: (heard?.filters ?? []).map(filter => firewallFacts(filter, configs, beside)),
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
    state: beside.stateOf(config),
  };
}

function firewallFacts(filter: FilterTried, configs: readonly RouterConfig[], beside: Beside): FirewallFacts {
  const speaking = configs.filter(
    config =>
      familyOfConfig(config) === filter.family &&
      (config.auth.type === 'ah') === (filter.protocol === 51) &&
      config.unicast === undefined,
  );
  return { ...filter, master: speaking.every(config => beside.stateOf(config) === 'master') };
}

/** Undefined when it cannot be listened: the lines about the interface or the capabilities say why. */
async function listenTo(
  read: ReadLink,
  configs: readonly RouterConfig[],
  { macs }: LinkTable,
  duration: Duration,
): Promise<Heard | undefined> {
  const { name, index, mac, up, running } = read.link;
  if (!up || !running || mac === undefined) return undefined;
  const sources = sourcesOf(read, vipsOf(configs));
  const parameters = configs.map(config => {
    const nowhere = standpointOf(config);
    const primary = primaryAmong(sources, config) ?? nowhere.primary;
    return parametersOf(config, { ...nowhere, primary }, config.priority);
  });
  try {
    return await listenOn({
      interfaceName: name,
      interfaceIndex: index,
      mac,
      sources,
      routers: parameters,
      ownMacs: macs,
      duration,
    });
  } catch (thrown) {
    if (!(thrown instanceof OperatingError)) throw thrown;
    return undefined;
  }
}

function addressFacts(
  router: RouterConfig,
  { answers, speakers }: Heard,
  { links }: LinkTable,
  beside: Beside,
): AddressFacts[] {
  const { vrid, vip } = router;
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
      answers: familyOfConfig(router) === 6 ? undefined : [...(answers.get(cidr.address) ?? [])],
      masters: masters.map(({ source }) => source),
      state: beside.stateOf(router),
    };
  });
}
