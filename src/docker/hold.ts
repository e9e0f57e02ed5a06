/**
 * Keeps the last servers of an upstream that has none left, for as long as the upstream said: a moment without servers, such as a health
 * check that failed everywhere at once, need not answer 502. Pure: what is remembered is a value.
 */

import { after, type Instant } from '../lib/time.ts';
import type { Server, Upstream, UpstreamOptions } from '../lib/upstream.ts';
import type { UpstreamName } from '../lib/upstream-name.ts';

/** What is remembered of one upstream that holds. */
interface Held {
  /** As they stood last. The labels that said how go with their containers, which is when a hold is needed. */
  readonly servers: readonly Server[];
  /** Undefined when they are not known, as of servers that were read back from a file: what is said now counts. */
  readonly options?: UpstreamOptions | undefined;
  /** Undefined while it has servers of its own. */
  readonly since: Instant | undefined;
}

export type Holds = ReadonlyMap<UpstreamName, Held>;

export const NO_HOLDS: Holds = new Map();

export interface Holding {
  readonly upstreams: readonly Upstream[];
  /** For the next time. */
  readonly holds: Holds;
  /** When the first hold ends; undefined when nothing is held. */
  readonly until: Instant | undefined;
}

export function holdServers(upstreams: readonly Upstream[], before: Holds, now: Instant): Holding {
  const holds = new Map<UpstreamName, Held>();
  const ends: Instant[] = [];
  const held = upstreams.map((upstream): Upstream => {
    const { name, servers, options } = upstream;
    if (servers.length > 0) {
      if (options.hold > 0) holds.set(name, { servers, options, since: undefined });
      return upstream;
    }
    const last = before.get(name);
    if (last === undefined) return upstream;
    const since = last.since ?? now;
    const its = last.options ?? options;
    const end = after(since, its.hold);
    if (now >= end) return upstream;
    holds.set(name, { servers: last.servers, options: its, since });
    ends.push(end);
    return { ...upstream, servers: last.servers, options: its };
  });
  const until = ends.reduce<Instant | undefined>(
    (first, end) => (first === undefined || end < first ? end : first),
    undefined,
  );
  return { upstreams: held, holds, until };
}
