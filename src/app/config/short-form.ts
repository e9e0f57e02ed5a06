/**
 * The short form for one virtual router: `locum.vip`, `LOCUM_VIP` and a file's `vip:` mean the router's own path. Its name is that
 * of the one router that is named anywhere, else `default`.
 */

import type { Entry } from './layers.ts';
import type { Problem } from './problems.ts';
import { router, schema } from './schema.ts';

/** Save `track`: that is the trackers themselves. */
const SHORT_NAMES: ReadonlySet<string> = new Set(
  Object.keys(router.shape).filter(name => !Object.hasOwn(schema.shape, name)),
);

/** For "did you mean …?". */
export const shortNames: readonly string[] = [...SHORT_NAMES];

/** The router that the short form means when none is named. */
export const DEFAULT_ROUTER = 'default';

export interface Expanded {
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
}

export function expandShortForm(entries: readonly Entry[]): Expanded {
  const named = new Set<string>();
  for (const { path } of entries)
    if (path[0] === 'vrrp' && path[1] !== undefined && path[1] !== '__proto__') named.add(path[1]);
  const isShort = (entry: Entry) => SHORT_NAMES.has(entry.path[0] ?? '');
  if (named.size > 1)
    return {
      entries: entries.filter(entry => !isShort(entry)),
      problems: entries.filter(isShort).map(entry => ambiguous(entry, [...named])),
    };
  const [name = DEFAULT_ROUTER] = named;
  return {
    entries: entries.map(entry =>
      isShort(entry) ? { ...entry, path: ['vrrp', name, ...entry.path] } : entry,
    ),
    problems: [],
  };
}

function ambiguous(entry: Entry, names: readonly string[]): Problem {
  const path = entry.path.join('.');
  return {
    severity: 'error',
    path,
    what: `does not say which virtual router it is for: there are ${names.join(', ')}`,
    source: entry.source,
    fix: `write ${names.map(name => `vrrp.${name}.${path}`).join(' or ')}`,
  };
}
