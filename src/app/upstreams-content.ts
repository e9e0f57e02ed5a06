/**
 * What stands in the upstreams file: what labels and configuration ask for, the names that sites may still refer to, servers that are held,
 * without what nginx refused. It remembers between one rendering and the next, and touches nothing.
 */

import type { BackendPlan } from '../docker/backends.ts';
import { type Holds, holdServers, NO_HOLDS } from '../docker/hold.ts';
import { after, type Instant, seconds } from '../lib/time.ts';
import type { LeftOut, Upstream } from '../lib/upstream.ts';
import type { UpstreamName } from '../lib/upstream-name.ts';
import { type Barred, tellBarred, withoutBarred } from '../nginx/refusal.ts';
import { render } from '../nginx/render.ts';
import { joinUpstreams } from './upstreams-plan.ts';

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
  #holds: Holds = NO_HOLDS;
  #barred: readonly (Barred & { readonly until: Instant })[] = [];

  /** `rendered`: the names in the file so far. */
  render(plan: BackendPlan, rendered: readonly UpstreamName[], now: Instant): Content {
    const { upstreams, holds, until } = holdServers(joinUpstreams(plan, rendered), this.#holds, now);
    this.#holds = holds;
    this.#barred = this.#barred.filter(bar => now < bar.until);
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

/** `3 upstreams with 12 servers, 1 containers left out`. */
export function describeContent({ upstreams, leftOut }: Content): string {
  const servers = upstreams.reduce((sum, upstream) => sum + upstream.servers.length, 0);
  const out = upstreams.reduce((sum, upstream) => sum + upstream.leftOut.length, leftOut.length);
  return `${upstreams.length} upstreams with ${servers} servers, ${out} containers left out`;
}
