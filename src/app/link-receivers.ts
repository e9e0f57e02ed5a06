/**
 * By which sockets an interface hears the virtual routers that live on it: one for IPv4, one more for authentication headers, and over
 * IPv6 one for the group and for each address that peers may send to. Opens nothing by itself.
 */

import { type Family, familyOf, type IpAddress } from '../lib/ip-address.ts';
import {
  type Admission,
  type Admissions,
  type AdvertReceiver,
  type AdvertReceiverOptions,
  openAdvertReceiver,
  openAdvertReceiver6,
  VRRP_GROUP_6,
} from '../net/advert-receiver.ts';
import { AUTHENTICATION_TYPES } from '../vrrp/authentication.ts';
import { VRRP_TTL } from '../vrrp/ip-packet.ts';
import type { RouterConfig } from './config/config.ts';

export type ReceiverOptions = Pick<
  AdvertReceiverOptions,
  'interfaceName' | 'interfaceIndex' | 'onPacket' | 'onError'
>;

/** A socket to be. */
export interface WantedReceiver {
  readonly admissions: Admissions;
  readonly open: () => AdvertReceiver;
}

/**
 * By key, which begins with the family and a space, and sets their sockets apart. `configs`: of that family; `primaries`: the sources of
 * their adverts.
 */
export function wantedReceivers(
  family: Family,
  configs: readonly RouterConfig[],
  primaries: readonly (IpAddress | undefined)[],
  options: ReceiverOptions,
): ReadonlyMap<string, WantedReceiver> {
  return family === 4 ? wanted4(configs, options) : wanted6(configs, primaries, options);
}

/** An authentication header has a socket of its own. */
function wanted4(configs: readonly RouterConfig[], options: ReceiverOptions): Map<string, WantedReceiver> {
  const wanted = new Map<string, WantedReceiver>();
  for (const headed of [false, true]) {
    const admissions = admissionsOf(configs.filter(({ auth }) => !headed || auth.type === 'ah'));
    const open = () => openAdvertReceiver({ ...options, admissions, headed });
    if (admissions.size > 0) wanted.set(`4 ${headed}`, { admissions, open });
  }
  return wanted;
}

/** Each address that peers may send to has its socket. */
function wanted6(
  configs: readonly RouterConfig[],
  primaries: readonly (IpAddress | undefined)[],
  options: ReceiverOptions,
): Map<string, WantedReceiver> {
  const wanted = new Map<string, WantedReceiver>();
  const admissions = admissionsOf(configs);
  const addresses = primaries.filter(address => address !== undefined).filter(isIpv6);
  for (const destination of admissions.size > 0 ? [VRRP_GROUP_6, ...addresses] : []) {
    const open = () => openAdvertReceiver6({ ...options, admissions, destination });
    wanted.set(`6 ${destination}`, { admissions, open });
  }
  return wanted;
}

const isIpv6 = (address: IpAddress): boolean => familyOf(address) === 6;

/** What the group is told must not have been forwarded (RFC 9568 §5.1.1.3); with unicast the setting decides. */
function admissionsOf(configs: readonly RouterConfig[]): Admissions {
  return new Map(
    configs.map(config => [
      config.vrid,
      {
        leastTtl: config.unicast?.minimumTtl ?? VRRP_TTL,
        version: config.version,
        ...admittedAuthentication(config),
      },
    ]),
  );
}

/** A header has a socket of its own, and proves more than a filter can look at. */
function admittedAuthentication({ version, auth }: RouterConfig): Pick<Admission, 'authentication'> {
  if (version === 3 || auth.type === 'ah') return {};
  const password = auth.type === 'pass' ? { password: new TextEncoder().encode(auth.password) } : {};
  return { authentication: { type: AUTHENTICATION_TYPES[auth.type], ...password } };
}
