/** Settings that name others: the trackers of a virtual router, the virtual routers of a hook. Each name must be there. */

import { nearest } from '../../lib/nearest.ts';
import type { Merged } from './merge.ts';
import type { Problem } from './problems.ts';
import type { Settings } from './schema.ts';

export function checkReferences({ vrrp, track, notify }: Settings, { sources }: Merged): Problem[] {
  const check = (
    path: string,
    names: readonly string[] | undefined,
    what: string,
    known: object,
  ): Problem[] =>
    (names ?? [])
      .filter(name => !Object.hasOwn(known, name))
      .map(name => ({
        severity: 'error',
        path,
        what: `names ${JSON.stringify(name.slice(0, 40))}, which is no ${what}`,
        source: sources.get(path) ?? '',
        fix: fixFor(name, Object.keys(known)),
      }));
  return [
    ...Object.entries(vrrp).flatMap(([name, router]) =>
      check(`vrrp.${name}.track`, router.track, 'tracker', track),
    ),
    ...Object.entries(notify ?? {}).flatMap(([name, hook]) =>
      check(`notify.${name}.routers`, hook.routers, 'virtual router', vrrp),
    ),
  ];
}

function fixFor(name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  if (close !== undefined) return `did you mean ${close}?`;
  return known.length === 0 ? 'there is none: leave it out' : `use some of ${known.join(', ')}`;
}
