/** Which trackers count for a virtual router: those it names, or all. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WorkingRouter } from '../../src/app/router.ts';
import { utc } from '../../src/lib/time.ts';
import type { WeightedTracker } from '../../src/tracking/priority.ts';
import { keptLog } from '../control/support.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { configOf, SMALLEST } from './config/support.ts';

const TRACKERS: readonly WeightedTracker[] = [
  { name: 'a', weight: -10, reverse: false, health: 'down', value: undefined },
  { name: 'b', weight: 0, reverse: false, health: 'down', value: undefined },
];

function routerThat(track: string | undefined): WorkingRouter {
  const trackers = 'track:\n  a: {type: process, name: a}\n  b: {type: process, name: b}\n';
  const yaml = `${trackers}vrrp:\n  web:\n    vrid: 51\n${track === undefined ? '' : `    track: ${track}\n`}`;
  const config = configOf({ environment: { LOCUM_VIP: SMALLEST.LOCUM_VIP }, yaml }).vrrp['web'];
  assert.ok(config !== undefined);
  return new WorkingRouter({
    name: 'web',
    config,
    log: keptLog(),
    onStateChange: () => undefined,
    ports: {
      clock: new VirtualClock(),
      utc: () => utc(0),
      wire: { send: (_, done) => done(), whenRead: () => undefined },
      addresses: { acquire: (_, done) => done(), release: done => done() },
      announcer: { announce: done => done() },
    },
  });
}

describe('a virtual router', () => {
  const follows: readonly (readonly [
    track: string | undefined,
    priority: number,
    fault: string | undefined,
  ])[] = [
    [undefined, 90, 'tracker b is down'],
    ['a, b', 90, 'tracker b is down'],
    ['a', 90, undefined],
    ['[b]', 100, 'tracker b is down'],
    ['none', 100, undefined],
  ];
  for (const [track, priority, fault] of follows)
    test(`with track ${track ?? 'left out'} has priority ${priority} and ${fault ?? 'no fault'}`, () => {
      const router = routerThat(track);
      router.trackersChanged(TRACKERS);
      assert.deepEqual([router.effectivePriority, router.assessment.fault], [priority, fault]);
    });
});
