/** Nodes to explain, with one thing changed. */

import type { Authentication, Failure, NodeModel, TrackerModel } from '../../src/explain/model.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';

const NO_NOTICE = { failure: undefined, recovery: undefined };

/** A check every second, weight −30, one result decides, no notice. */
export function tracker(name: string, changes: Partial<TrackerModel> = {}): TrackerModel {
  return {
    name,
    type: 'http',
    weight: -30,
    reverse: false,
    rise: 1,
    fall: 1,
    interval: seconds(1),
    timeout: seconds(1),
    notice: NO_NOTICE,
    outside: undefined,
    ...changes,
  };
}

/** As `killall -0 nginx`, its end noticed by the kernel. */
export function process(weight: number): TrackerModel {
  return tracker('nginx', {
    type: 'process',
    weight,
    notice: { failure: milliseconds(5), recovery: undefined },
  });
}

/** One proof, which is believed as well. */
export function proving(id: string): Authentication {
  return { gives: { id, shown: id }, believes: [id] };
}

export function node(name: string, changes: Partial<NodeModel> = {}): NodeModel {
  return {
    name,
    from: `${name}.yaml`,
    program: 'locum',
    priority: 100,
    version: 3,
    interval: seconds(1),
    preempt: true,
    preemptDelay: milliseconds(0),
    syncGroup: undefined,
    timing: 'fast',
    leaseSeconds: 4,
    primaryAddress: undefined,
    addresses: ['198.18.51.100'],
    unicast: undefined,
    checksum: 'pseudo-header',
    authentication: proving('none'),
    trackers: [process(-30)],
    ...changes,
  };
}

/** `fails(node, 'nginx')`; without names the node is silent. */
export function fails(failing: NodeModel, ...names: readonly string[]): Failure[] {
  if (names.length === 0) return [{ node: failing, tracker: undefined }];
  return failing.trackers
    .filter(({ name }) => names.includes(name))
    .map((each): Failure => ({ node: failing, tracker: each }));
}
