/** What the protocol core is given for a configured virtual router. */

import type { IpAddress } from '../lib/ip-address.ts';
import { passAuthentication } from '../vrrp/authentication.ts';
import type { Authentication, Parameters } from '../vrrp/parameters.ts';
import type { RouterConfig } from './config/config.ts';

/** `primaryAddress`: the source of our advertisements. `priority`: the effective one. */
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

function authenticationOf(auth: RouterConfig['auth']): Authentication {
  return auth.type === 'pass'
    ? passAuthentication(new TextEncoder().encode(auth.password))
    : { type: 'none' };
}
