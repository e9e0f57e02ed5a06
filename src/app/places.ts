/** On which interface each virtual router lives. Pure. */

import { isDeepStrictEqual } from 'node:util';
import { err, ok, type Result } from '../lib/result.ts';
import { interfaceFor } from './config/check-host.ts';
import type { Config, RouterConfig } from './config/config.ts';
import type { HostInterface } from './config/host.ts';
import type { Places, Standing } from './reload-plan.ts';

/**
 * One that lives somewhere stays, unless what leads to its interface has changed: the addresses that it holds now are no reason to look
 * elsewhere. Fails with the name of one that has no interface.
 */
export function placesFor(
  routers: Config['vrrp'],
  interfaces: readonly HostInterface[],
  now: Standing | undefined,
): Result<Places, string> {
  const places: Record<string, string> = {};
  for (const [name, config] of Object.entries(routers)) {
    const former = now?.config.vrrp[name];
    const stays = former !== undefined && leadsThere(former, config);
    const place = stays ? now?.places[name] : interfaceFor(config, interfaces)?.name;
    if (place === undefined) return err(name);
    places[name] = place;
  }
  return ok(places);
}

function leadsThere(former: RouterConfig, wanted: RouterConfig): boolean {
  return former.interface === wanted.interface && isDeepStrictEqual(former.vip[0], wanted.vip[0]);
}
