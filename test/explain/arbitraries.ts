/** Random nodes of one virtual router, and what may fail on them. */

import fc from 'fast-check';
import type { Failure, NodeModel, Nodes, TrackerModel } from '../../src/explain/model.ts';
import { microseconds, milliseconds, seconds } from '../../src/lib/time.ts';
import { OWNER_PRIORITY, type Version } from '../../src/vrrp/parameters.ts';
import { ip } from '../vrrp/support.ts';
import { node, tracker } from './support.ts';

const ADDRESSES = ['198.18.0.3', '198.18.0.2', '198.18.0.4'].map(ip);

export interface Case {
  readonly nodes: Nodes;
  readonly failures: readonly Failure[];
}

/** Near each other, and near the differences of priorities, so that every one of them matters; fault-level ones often enough. */
const weights = fc.oneof(
  { arbitrary: fc.integer({ min: -8, max: 8 }), weight: 8 },
  { arbitrary: fc.constant(0), weight: 1 },
);

const priorities = fc.oneof(
  { arbitrary: fc.integer({ min: 95, max: 101 }), weight: 30 },
  { arbitrary: fc.constant(OWNER_PRIORITY), weight: 1 },
);

const trackers = fc
  .array(fc.record({ weight: weights, reverse: fc.boolean() }), { maxLength: 3 })
  .map(list => list.map((changes, i): TrackerModel => tracker(`t${i}`, changes)));

interface Shared {
  readonly version: Version;
  readonly interval: NodeModel['interval'];
  readonly timing: 'fast' | 'rfc' | 'mixed';
  /** What a node's own interval may be of that. */
  readonly stretches: readonly number[];
}

/**
 * What all nodes have in common. Nodes of different timing, or with intervals of their own, wait times of different scales; from 100 ms and
 * 110 ms on these, and the steps of one priority in them, are farther apart than a packet travels, so that the order in which they rise is sure.
 */
const shared: fc.Arbitrary<Shared> = fc
  .record({
    version: fc.constantFrom<Version>(2, 3),
    steps: fc.integer({ min: 1, max: 100 }),
    timing: fc.constantFrom<Shared['timing']>('fast', 'rfc', 'mixed'),
    ownIntervals: fc.boolean(),
  })
  .map(({ version, steps, timing, ownIntervals }) => {
    // In version 2 routers with another interval do not hear each other.
    if (version === 2) return { version, interval: seconds(1 + (steps % 2)), timing, stretches: [1] };
    const least = ownIntervals ? 11 : timing === 'mixed' ? 10 : 1;
    const interval = milliseconds(10 * Math.max(least, steps));
    return { version, interval, timing, stretches: ownIntervals ? [1, 2, 3] : [1] };
  });

function nodeOf(
  { version, interval, timing, stretches }: Shared,
  name: string,
  index: number,
): fc.Arbitrary<NodeModel> {
  return fc
    .record({
      priority: priorities,
      preempt: fc.boolean(),
      timing: timing === 'mixed' ? fc.constantFrom('fast' as const, 'rfc' as const) : fc.constant(timing),
      stretch: fc.constantFrom(...stretches),
      delay: fc.constantFrom(0, 0, 0, 1.7, 5.3),
      trackers,
    })
    .map(({ stretch, delay, ...changes }) =>
      node(name, {
        ...changes,
        version,
        interval: microseconds(interval * stretch),
        preemptDelay: microseconds(interval * delay),
        primaryAddress: ADDRESSES[index],
      }),
    );
}

/** Two or three nodes that hear each other, and some of the things that can go wrong with them. */
export const cases: fc.Arbitrary<Case> = shared
  .chain(common =>
    fc.tuple(nodeOf(common, 'a', 0), nodeOf(common, 'b', 1), fc.option(nodeOf(common, 'c', 2))),
  )
  .chain(([a, b, c]) => {
    const nodes: Nodes = c === null ? [a, b] : [a, b, c];
    const trackerFailures = nodes.flatMap(each =>
      each.trackers.map((t): Failure => ({ node: each, tracker: t })),
    );
    const silences = nodes.map((each): Failure => ({ node: each, tracker: undefined }));
    const failures = fc.oneof(
      { arbitrary: fc.subarray(trackerFailures), weight: 4 },
      { arbitrary: fc.subarray([...trackerFailures, ...silences], { minLength: 1 }), weight: 1 },
    );
    return failures.map(some => ({ nodes, failures: some }));
  });
