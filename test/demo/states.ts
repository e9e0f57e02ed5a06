/** Follows both nodes' own account of their states and priorities, and tells the timeline what is new. */

import type { RouterStatus, Status } from '../../src/control/status.ts';
import type { DatedStatus, Pair } from './pair.ts';
import type { Timeline } from './timeline.ts';

const EVERY_MS = 20;
/** Ages are told with fractions of a millisecond; two transitions are never this close. */
const SAME_MS = 0.5;

/** Returns what ends it. */
export function followStates(pair: Pair, timeline: Timeline): () => void {
  let ended = false;
  const follow = async (name: string): Promise<void> => {
    const told = new Told(name, timeline);
    while (!ended) {
      const dated = await pair.status(name);
      if (dated !== undefined) told.tell(dated);
      await new Promise(resolve => setTimeout(resolve, EVERY_MS));
    }
  };
  for (const { name } of pair.nodes) void follow(name);
  return () => {
    ended = true;
  };
}

/** What was told of one node. Times are counted on the daemon's own clock, since its start: they do not depend on when it was asked. */
class Told {
  readonly #name: string;
  readonly #timeline: Timeline;
  /** When the daemon started; no status can have been read before it was taken, so the earliest estimate is the best. */
  #startedUs = Number.POSITIVE_INFINITY;
  #latestMs = Number.NEGATIVE_INFINITY;
  #priority: number | undefined;

  constructor(name: string, timeline: Timeline) {
    this.#name = name;
    this.#timeline = timeline;
  }

  tell({ atUs, status }: DatedStatus): void {
    const [router] = status.routers;
    if (router === undefined) return;
    this.#startedUs = Math.min(this.#startedUs, atUs - status.uptimeMs * 1_000);
    this.#tellPriority(router.effectivePriority, status);
    this.#tellTransitions(router, status.uptimeMs);
  }

  #add(sinceStartMs: number, text: string): void {
    this.#timeline.add(this.#startedUs + sinceStartMs * 1_000, `${this.#name}   ${text}`);
  }

  #tellTransitions(router: RouterStatus, uptimeMs: number): void {
    for (const { from, to, reason, when } of [...router.transitions].reverse()) {
      const sinceStartMs = uptimeMs - when.agoMs;
      if (sinceStartMs < this.#latestMs + SAME_MS) continue;
      this.#add(sinceStartMs, `${from} → ${to}: ${reason}`);
      this.#latestMs = sinceStartMs;
    }
  }

  /** A priority changes because a tracker did: that is when it happened, and why. */
  #tellPriority(priority: number, status: Status): void {
    const before = this.#priority;
    this.#priority = priority;
    if (before === undefined || before === priority) return;
    const [cause] = [...status.trackers].sort((a, b) => a.since.agoMs - b.since.agoMs);
    const why =
      cause === undefined ? '' : `: tracker ${cause.name} is ${cause.health}, ${cause.last?.detail ?? ''}`;
    this.#add(status.uptimeMs - (cause?.since.agoMs ?? 0), `priority ${before} → ${priority}${why}`);
  }
}
