/** What the protocol core is given for a configured virtual router. */

import { ADDRESS_LENGTH, addressFrom, type IpAddress } from '../lib/ip-address.ts';
import { passAuthentication } from '../vrrp/authentication.ts';
import type { Authentication, Parameters } from '../vrrp/parameters.ts';
import type { AuthConfig, RouterConfig } from './config/config.ts';
import { keyedDigest } from './digest.ts';
import { type Footing, familyOfConfig } from './footing.ts';

/** The source of our advertisements and whom they are for. */
export interface Standpoint {
  readonly primary: IpAddress;
  readonly peers: Footing['peers'];
}

/** Before the interface was looked at, or without one: the unspecified address. */
export function standpointOf(config: RouterConfig): Standpoint {
  const nowhere = addressFrom(new Uint8Array(ADDRESS_LENGTH[familyOfConfig(config)]));
  return { primary: nowhere, peers: config.unicast?.peers ?? [] };
}

/** `priority`: the effective one. Throws as {@link keyedDigest} does. */
export function parametersOf(config: RouterConfig, standpoint: Standpoint, priority: number): Parameters {
  return {
    version: config.version,
    vrid: config.vrid,
    addresses: config.vip.map(({ address }) => address),
    primaryAddress: standpoint.primary,
    unicast: config.unicast && { ...config.unicast, peers: standpoint.peers },
    priority,
    advertisementInterval: config.advertInterval,
    preempt: config.preempt,
    preemptDelay: config.preemptDelay,
    joint: config.syncGroup !== undefined,
    announcing: config.announce,
    timing: config.timing,
    checksum: config.checksum === 'rfc9568' ? 'message-only' : config.checksum,
    authentication: authenticationOf(config.auth),
  };
}

function authenticationOf(auth: AuthConfig): Authentication {
  switch (auth.type) {
    case 'none':
      return auth;
    case 'pass':
      return passAuthentication(new TextEncoder().encode(auth.password));
    case 'ah':
      return { type: 'ah', digest: keyedDigest('md5', new TextEncoder().encode(auth.password)) };
    case 'hmac': {
      const keys = [...auth.keys].map(([id, key]) => [id, keyedDigest('sha256', key)] as const);
      return { ...auth, keys: new Map(keys) };
    }
  }
}
