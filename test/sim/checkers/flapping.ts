/**
 * A tracker that flaps does not make the pair flap faster than its rise and fall allow: a change takes `rise` or `fall` results, and all of
 * them but the first an interval each, however many notices come. Kept as a leaky bucket, so that it holds over any length of time.
 */

import type { SimEvent } from '../trace.ts';
import { Checker } from './checker.ts';

const EARLY_US = 1_000;

export class Flapping extends Checker {
  readonly name = 'flapping';
  readonly kinds = ['started', 'health'] as const;
  /** By node and tracker: its health, and the earliest time at which all its changes can have come one after the other. */
  readonly #buckets: { health: string; earliest: number }[][] = this.forEachNode(() => []);

  observe(event: SimEvent, at: number): void {
    if (event.kind === 'started')
      this.#buckets[event.node.id] = event.node.trackers.map(() => ({ health: 'unknown', earliest: at }));
    if (event.kind !== 'health') return;
    const { node, tracker, health } = event;
    const bucket = this.#buckets[node.id]?.[tracker];
    const config = node.trackers[tracker]?.setup.config;
    if (bucket === undefined || config === undefined || bucket.health === health) return;
    const isFirst = bucket.health === 'unknown';
    bucket.health = health;
    if (isFirst) return;
    const intervals = (health === 'up' ? config.rise : config.fall) - 1;
    bucket.earliest = Math.max(at, bucket.earliest + intervals * (config.interval - EARLY_US));
    // The first of the intervals may end at once, and an answer may take its time.
    if (bucket.earliest > at + config.interval + config.timeout)
      this.fail(node, `tracker ${tracker} is ${health} again, ${bucket.earliest - at} us too early`);
  }
}
