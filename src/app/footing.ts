/** What an interface is to a virtual router: whether it can be used, the source of adverts there, and which unicast peers are others. Pure. */

import { type Family, familyOf, type IpAddress, isLinkLocal } from '../lib/ip-address.ts';
import type { LinkState } from '../net/links.ts';
import type { RouterConfig } from './config/config.ts';

/** What a router stands on: its interface, as far as it cares. */
export interface Footing {
  /** Undefined when the interface can be used; otherwise why not. */
  readonly fault: string | undefined;
  /** The source of our advertisements; undefined, which is a fault, while there is none or nobody to send to. */
  readonly primary: IpAddress | undefined;
  /** The unicast peers but for this host itself; without unicast none. */
  readonly peers: readonly IpAddress[];
}

/** The settings that ask something of an interface. */
export type Demands = Pick<RouterConfig, 'vip' | 'unicast' | 'source'>;

/** The family of a virtual router: that of its addresses. */
export function familyOfConfig({ vip: [first] }: Pick<RouterConfig, 'vip'>): Family {
  return first === undefined ? 4 : familyOf(first.address);
}

/** `state`: undefined when there is no interface of that name. */
export function footingOn(name: string, state: LinkState | undefined, demands: Demands): Footing {
  const peers = (demands.unicast?.peers ?? []).filter(peer => !state?.ofHost.has(peer));
  const found = state && primaryAmong(state.addresses, demands);
  const isAlone = demands.unicast !== undefined && peers.length === 0;
  const fault = linkFault(name, state) ?? (found === undefined ? noSource(name, demands) : undefined);
  return {
    fault: fault ?? (isAlone ? 'all unicast peers are this host itself' : undefined),
    primary: isAlone ? undefined : found,
    peers,
  };
}

function linkFault(name: string, state: LinkState | undefined): string | undefined {
  if (state === undefined) return `interface ${name} is gone`;
  if (!state.up) return `interface ${name} is down`;
  return state.mac === undefined ? `interface ${name} is not an Ethernet` : undefined;
}

/** What is missing where there is no source of adverts. */
export function noSource(name: string, demands: Demands): string {
  return demands.source === undefined
    ? `interface ${name} has no ${wantedKind(demands)} address`
    : `${demands.source}, the configured source, is not an address of interface ${name}`;
}

/**
 * The source of adverts among the addresses of the interface, which come in the order of preference: the configured one; with unicast
 * the one by which the peers know us; over IPv6 the link-local one, unless a peer may be beyond this link; else the first.
 */
export function primaryAmong(addresses: readonly IpAddress[], demands: Demands): IpAddress | undefined {
  const { unicast, source } = demands;
  if (source !== undefined) return addresses.find(address => address === source);
  const known = unicast?.peers.find(peer => addresses.includes(peer));
  if (known !== undefined) return known;
  const ofFamily = addresses.filter(address => familyOf(address) === familyOfConfig(demands));
  if (familyOfConfig(demands) === 4) return ofFamily[0];
  return ofFamily.find(address => isLinkLocal(address) === staysOnLink(demands));
}

function staysOnLink({ unicast }: Pick<Demands, 'unicast'>): boolean {
  return unicast === undefined || unicast.peers.every(isLinkLocal);
}

function wantedKind(demands: Pick<Demands, 'vip' | 'unicast'>): string {
  if (familyOfConfig(demands) === 4) return 'IPv4';
  return staysOnLink(demands) ? 'usable IPv6 link-local' : 'usable global IPv6';
}
