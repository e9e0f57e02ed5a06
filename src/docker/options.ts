/** What several say of one upstream, made one: the configuration counts first, then the containers by name; who is overruled is told. */

import type { UpstreamOptions } from '../lib/upstream.ts';
import { type OptionValues, upstreamOptions } from '../lib/upstream-grammar.ts';
import type { UpstreamName } from '../lib/upstream-name.ts';

export interface Opinion {
  /** `container app-1`, for people. */
  readonly from: string;
  readonly values: OptionValues;
}

export interface Settled {
  readonly options: UpstreamOptions;
  /** Each names both sides. */
  readonly warnings: readonly string[];
}

/** Of opinions that disagree on an option the first counts. */
export function settleOptions(name: UpstreamName, opinions: readonly Opinion[]): Settled {
  const counts = new Map<string, { readonly value: unknown; readonly from: string }>();
  const warnings: string[] = [];
  for (const { from, values } of opinions) {
    for (const [key, value] of Object.entries(values)) {
      const first = counts.get(key);
      if (first === undefined) counts.set(key, { value, from });
      else if (first.value !== value) warnings.push(overruled(name, key, first.from, from));
    }
  }
  const values = Object.fromEntries([...counts].map(([key, { value }]) => [key, value])) as OptionValues;
  return { options: upstreamOptions(values), warnings };
}

function overruled(name: UpstreamName, key: string, first: string, other: string): string {
  return `upstream ${name}: ${first} and ${other} disagree on ${key}; what ${first} says counts`;
}
