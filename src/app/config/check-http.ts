/** What the section `http` must not say beside the virtual routers. Pure. */

import type { Merged } from './merge.ts';
import type { Problem } from './problems.ts';
import type { Settings } from './schema.ts';

/** A virtual address comes and goes: on a backup nobody could listen there. */
export function checkHttp({ http: { listen }, vrrp }: Settings, { sources }: Merged): Problem[] {
  const owners = Object.entries(vrrp).filter(([, { vip, 'excluded-vip': excluded = [] }]) =>
    [...vip, ...excluded].some(({ address }) => address === listen?.host),
  );
  return owners.slice(0, 1).map(([name]) => ({
    severity: 'error',
    path: 'http.listen',
    what: `${listen?.host} is a virtual address of ${name}, which this node has only as master`,
    source: sources.get('http.listen') ?? '',
    fix: "use this host's own address, or 0.0.0.0 for all of them",
  }));
}
