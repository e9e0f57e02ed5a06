/** Joins what the labels ask for with what nginx may still refer to. Pure. */

import type { BackendPlan } from '../docker/backends.ts';
import type { Instant } from '../lib/time.ts';
import type { Upstream } from '../lib/upstream.ts';
import { upstreamOptions } from '../lib/upstream-grammar.ts';
import type { UpstreamName } from '../lib/upstream-name.ts';

/** `until`: when it will be another without anything having changed. */
export type TimedPlan = BackendPlan & { readonly until?: Instant | undefined };

/** Names kept for the sake of sites that may still proxy to them. */
const NAMES_LIMIT = 256;

/**
 * The upstreams to render, by name: those of the plan, and the rest of the names rendered before, empty. A name can only go with the file:
 * a site that proxies to a missing upstream makes nginx refuse its whole configuration.
 */
export function joinUpstreams(plan: BackendPlan, rendered: readonly UpstreamName[]): readonly Upstream[] {
  const names = new Set(plan.upstreams.map(({ name }) => name));
  const kept = [...new Set(rendered)].filter(name => !names.has(name)).slice(0, NAMES_LIMIT);
  return [...plan.upstreams, ...kept.map(empty)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function empty(name: UpstreamName): Upstream {
  return { name, options: upstreamOptions({}), servers: [], leftOut: [] };
}
