/** Bugs of drains: who takes part, when the addresses go, and what is remembered. */

import { ok } from '../../../src/lib/result.ts';
import type { Duration } from '../../../src/lib/time.ts';
import { around, type Bug } from './bug.ts';

export const DRAIN_BUGS: readonly Bug[] = [
  {
    name: 'a drained router takes over on silence',
    caughtBy: ['drains'],
    router: router =>
      around(router, { stand: standing => router.stand(standing === 'away' ? 'full' : standing) }),
  },
  {
    name: 'forgets over a restart that it was drained',
    caughtBy: ['drains'],
    drain: ports => ({ ...ports, file: { ...ports.file, read: () => Promise.resolve(ok(undefined)) } }),
  },
  {
    name: 'remembers a drain that was taken back',
    caughtBy: ['drains', 'healing'],
    drain: ports => ({ ...ports, file: { ...ports.file, remove: () => Promise.resolve(ok(undefined)) } }),
  },
  {
    name: 'does not take its priority back after a failed drain',
    caughtBy: ['priority'],
    router: router => {
      let isYielding = false;
      return around(router, {
        stand(standing) {
          if (standing === 'full' && isYielding) return;
          isYielding = standing === 'yielding';
          router.stand(standing);
        },
      });
    },
  },
  {
    name: 'gives the addresses up before anybody took over',
    caughtBy: ['drains'],
    router: router =>
      around(router, { stand: standing => router.stand(standing === 'yielding' ? 'away' : standing) }),
  },
  {
    name: 'does not offer the addresses',
    caughtBy: ['drains'],
    router: router =>
      around(router, {
        stand(standing) {
          if (standing !== 'yielding') router.stand(standing);
        },
      }),
  },
  {
    name: 'takes part again when its link comes back',
    caughtBy: ['drains'],
    router: router =>
      around(router, {
        footingChanged(footing) {
          if (footing.fault === undefined) router.stand('full');
          router.footingChanged(footing);
        },
      }),
  },
  {
    name: 'takes part again when a tracker recovers',
    caughtBy: ['drains'],
    router: router =>
      around(router, {
        trackersChanged(trackers) {
          if (trackers.every(({ health }) => health !== 'unknown')) router.stand('full');
          router.trackersChanged(trackers);
        },
      }),
  },
  {
    name: 'yields for good when the trackers change meanwhile',
    caughtBy: ['priority'],
    router: router => {
      let isYielding = false;
      return around(router, {
        stand(standing) {
          isYielding = standing === 'yielding';
          router.stand(standing);
        },
        trackersChanged(trackers) {
          router.trackersChanged(isYielding ? [] : trackers);
        },
      });
    },
  },
  {
    name: 'never learns that somebody took over',
    caughtBy: ['drains', 'priority'],
    router: router => around(router, { stand: standing => standing !== 'away' && router.stand(standing) }),
  },
  {
    name: 'holds new connections off for an hour',
    caughtBy: ['drains'],
    drain: ports => ({
      ...ports,
      filter: {
        holdOff: addresses => ports.filter.holdOff(addresses, 3_600_000_000 as Duration),
        letIn: () => Promise.resolve(undefined),
      },
    }),
  },
  {
    name: 'waits for ever for a disk that does not answer',
    caughtBy: ['drains'],
    drain: ports => ({
      ...ports,
      file: { ...ports.file, write: () => new Promise(() => undefined) },
    }),
  },
];
