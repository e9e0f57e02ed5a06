/** How long a failure takes to count is what a tracker at work takes, in virtual time. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TrackerConfig } from '../../src/app/config/config.ts';
import { TrackerRunner } from '../../src/app/tracker-runner.ts';
import { untilFailed, untilRecovered } from '../../src/explain/detection.ts';
import { between, type Instant, microseconds, milliseconds, seconds } from '../../src/lib/time.ts';
import { failed, type Notify, type Probe, passed } from '../../src/probes/probe.ts';
import type { Health } from '../../src/tracking/tracker.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { tracker } from './support.ts';

describe('detection', () => {
  it('is at once with a notice and one result, else the checks of an interval', () => {
    const noticed = { failure: milliseconds(5), recovery: undefined };
    assert.deepEqual(untilFailed(tracker('t', { notice: noticed })), {
      least: 0,
      typical: 0,
      worst: milliseconds(5),
    });
    assert.deepEqual(untilFailed(tracker('t', { timeout: milliseconds(200) })), {
      least: 0,
      typical: milliseconds(500),
      worst: milliseconds(1_200),
    });
    assert.equal(untilRecovered(tracker('t', { rise: 3, notice: noticed })).typical, milliseconds(2_500));
    assert.equal(untilFailed(tracker('t', { fall: 3, notice: noticed })).typical, milliseconds(1_500));
    assert.equal(untilFailed(tracker('t', { rise: 3, reverse: true })).typical, milliseconds(2_500));
  });

  it('bounds what a tracker at work needs', async () => {
    const numbers = fc.record({
      rise: fc.integer({ min: 1, max: 3 }),
      fall: fc.integer({ min: 1, max: 3 }),
      phase: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      notices: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(numbers, async ({ rise, fall, phase, notices }) => {
        const notice = { failure: notices ? milliseconds(5) : undefined, recovery: undefined };
        const model = tracker('t', { rise, fall, notice });
        const world = working(rise, fall);
        await world.clock.pass(microseconds(3_000_000 + phase * 1_000_000));
        for (const [ok, span] of [
          [false, untilFailed(model)],
          [true, untilRecovered(model)],
        ] as const) {
          const changedAt = world.set(ok, notices && !ok);
          await world.clock.pass(seconds(5));
          const took = between(changedAt, world.changedAt(ok ? 'up' : 'down'));
          assert.ok(took >= span.least && took <= span.worst, `${took}, ${JSON.stringify(span)}`);
        }
      }),
      { numRuns: 30 },
    );
  });
});

function working(rise: number, fall: number) {
  const clock = new VirtualClock();
  const changes = new Map<Health, Instant>();
  let isUp = true;
  let tell: Notify = () => undefined;
  const probe: Probe = {
    check: () => Promise.resolve(isUp ? passed('') : failed('')),
    watch: notify => {
      tell = notify;
      return () => undefined;
    },
  };
  const config = { type: 'process', name: 'nginx', weight: -30, reverse: false, rise, fall } as const;
  new TrackerRunner({
    name: 't',
    config: { ...config, quorum: 1, interval: seconds(1), timeout: seconds(1) } as TrackerConfig,
    probe,
    clock,
    log: new KeptLog(),
    onHealth: health => changes.set(health, clock.now()),
  }).start();
  return {
    clock,
    changedAt: (health: Health): Instant => changes.get(health) ?? assert.fail(`never ${health}`),
    set: (up: boolean, notice: boolean): Instant => {
      isUp = up;
      if (notice) tell(failed('ended'));
      return clock.now();
    },
  };
}
