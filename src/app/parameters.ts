/** What the protocol core is given for a configured virtual router. */

import type { IpAddress } from '../lib/ip-address.ts';
import { passAuthentication } from '../vrrp/authentication.ts';
import type { Authentication, Parameters } from '../vrrp/parameters.ts';
import type { AuthConfig, RouterConfig } from './config/config.ts';
import { keyedDigest } from './digest.ts';

/** `primaryAddress`: the source of our advertisements. `priority`: the effective one. Throws as {@link keyedDigest} does. */
export function parametersOf(config: RouterConfig, primaryAddress: IpAddress, priority: number): Parameters {
  return {
    version: config.version,
    vrid: config.vrid,
    addresses: config.vip.map(({ address }) => address),
    primaryAddress,
    priority,
    advertisementInterval: config.advertInterval,
    preempt: config.preempt,
    timing: config.timing,
    checksum: config.checksum === 'rfc9568' ? 'message-only' : 'pseudo-header',
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
