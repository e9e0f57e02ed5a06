/**
 * The `upstreams` tracker: how many of an upstream's labelled containers can serve, as a number and as a share of all of them.
 * An engine that cannot be asked proves nothing: the tracker keeps its health and says so.
 */

import type { Outcome } from '../tracking/tracker.ts';
import { failed, type Inconclusive, inconclusive, type Notify, type Probe, passed } from './probe.ts';

export interface UpstreamLook {
  readonly name: string;
  /** Labelled containers that can serve, and all. */
  readonly serving: number;
  readonly all: number;
}

/** What this probe needs of discovery. */
export interface UpstreamSource {
  /** Every upstream that a label names; a text says why it is not known. */
  look(): readonly UpstreamLook[] | string;
  /** Calls back when a look may show something new; the result ends it. */
  onChange(listener: () => void): () => void;
}

export interface UpstreamsOptions {
  /** Undefined: each upstream must pass. */
  readonly upstream: string | undefined;
  readonly minServers: number;
  /** 0 to 100. */
  readonly minSharePercent: number;
}

export class UpstreamsProbe implements Probe {
  readonly #options: UpstreamsOptions;
  readonly #source: UpstreamSource;

  constructor(options: UpstreamsOptions, source: UpstreamSource) {
    this.#options = options;
    this.#source = source;
  }

  async check(): Promise<Outcome | Inconclusive> {
    const look = this.#source.look();
    if (typeof look === 'string') return inconclusive(look);
    const { upstream } = this.#options;
    const watched = look.filter(({ name }) => upstream === undefined || name === upstream);
    if (upstream !== undefined && watched.length === 0)
      return this.#judge([{ name: upstream, serving: 0, all: 0 }]);
    return this.#judge(watched);
  }

  watch(notify: Notify): () => void {
    return this.#source.onChange(() => notify());
  }

  #judge(watched: readonly UpstreamLook[]): Outcome {
    const { minServers, minSharePercent } = this.#options;
    const short = watched.filter(
      ({ serving, all }) => serving < minServers || serving * 100 < all * minSharePercent,
    );
    if (short.length === 0)
      return passed(watched.length === 0 ? 'no upstream is labelled' : describe(watched));
    const share = minSharePercent === 0 ? '' : ` and ${minSharePercent}%`;
    return failed(`${describe(short)}; needed: ${minServers}${share}`);
  }
}

/** Upstreams that a detail names. */
const SHOWN = 3;

function describe(upstreams: readonly UpstreamLook[]): string {
  const shown = upstreams
    .slice(0, SHOWN)
    .map(({ name, serving, all }) => `${name}: ${serving} of ${all} backends serve`);
  const more = upstreams.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
