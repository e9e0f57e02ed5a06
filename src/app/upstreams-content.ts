/**
 * What stands in the upstreams file: what labels and configuration ask for, the names that sites may still refer to, servers that are held,
 * without what nginx refused. It remembers between one rendering and the next, and touches nothing.
 */

import { type Holds, holdServers } from '../docker/hold.ts';
import { after, earliest, type Instant, seconds } from '../lib/time.ts';
import type { LeftOut, Server, Upstream } from '../lib/upstream.ts';
import type { UpstreamName } from '../lib/upstream-name.ts';
import { type Barred, tellBarred, withoutBarred } from '../nginx/refusal.ts';
import { render, renderedNames } from '../nginx/render.ts';
import { type RenderedServer, renderedServers } from '../nginx/rendered.ts';
import { joinUpstreams, type TimedPlan } from './upstreams-plan.ts';

/** What nginx refused stays out this long, and then is tried again: the fault may have been in another file. At most so many at a time. */
const BARRED_FOR = seconds(600);
const BARRED_LIMIT = 16;

export interface Content {
  /** As it is told to people; what is barred is among what is left out. */
  readonly upstreams: readonly Upstream[];
  /** Labelled containers that name no upstream. */
  readonly leftOut: readonly LeftOut[];
  /** Containers that do not ask to be used, by name. */
  readonly unasked: readonly string[];
  /** Such as unknown labels. */
  readonly warnings: readonly string[];
  readonly bytes: string;
  /** When it will be another without anything having changed; undefined when it will not. */
  readonly until: Instant | undefined;
}

export const NO_CONTENT: Content = {
  upstreams: [],
  leftOut: [],
  unasked: [],
  warnings: [],
  bytes: '',
  until: undefined,
};

export class UpstreamsContent {
  #holds: Holds | undefined;
  #barred: readonly (Barred & { readonly until: Instant })[] = [];

  /** `files`: what was rendered before; what the first of them serves may be held too, though a former run rendered it. */
  render(plan: TimedPlan, files: readonly string[], now: Instant): Content {
    const before = this.#holds ?? holdsIn(renderedServers(files[0] ?? ''));
    const held = holdServers(joinUpstreams(plan, files.flatMap(renderedNames)), before, now);
    const { upstreams } = held;
    this.#holds = held.holds;
    this.#barred = this.#barred.filter(bar => now < bar.until);
    const until = earliest(held.until, ...this.#barred.map(bar => bar.until), plan.until);
    const { leftOut, unasked, warnings } = plan;
    const bytes = render(withoutBarred(upstreams, this.#barred));
    return { upstreams: tellBarred(upstreams, this.#barred), leftOut, unasked, warnings, bytes, until };
  }

  /** Leaves it out from now on; false when too much is left out already. */
  bar(barred: Barred, now: Instant): boolean {
    if (this.#barred.length >= BARRED_LIMIT) return false;
    this.#barred = [...this.#barred, { ...barred, until: after(now, BARRED_FOR) }];
    return true;
  }
}

function holdsIn(rendered: readonly RenderedServer[]): Holds {
  const holds = new Map<UpstreamName, { readonly servers: readonly Server[]; readonly since: undefined }>();
  for (const { upstream, server } of rendered)
    holds.set(upstream, { servers: [...(holds.get(upstream)?.servers ?? []), server], since: undefined });
  return holds;
}

/** `3 upstreams with 12 servers, 1 containers left out`. */
export function describeContent({ upstreams, leftOut }: Content): string {
  const servers = upstreams.reduce((sum, upstream) => sum + upstream.servers.length, 0);
  const out = upstreams.reduce((sum, upstream) => sum + upstream.leftOut.length, leftOut.length);
  return `${upstreams.length} upstreams with ${servers} servers, ${out} containers left out`;
}
