/** What a reload changes under a tracker that goes on: how long a check may take, and how many results turn it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrackerConfig } from '../../src/app/config/config.ts';
import { TrackerRunner } from '../../src/app/tracker-runner.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { type OpenEcho, PingProbe } from '../../src/probes/ping.ts';
import { failed, type Inconclusive, inconclusive, type Probe, passed } from '../../src/probes/probe.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const CONFIG: TrackerConfig = {
  type: 'ping',
  address: '198.18.0.1' as IpAddress,
  count: 3,
  replies: 1,
  weight: -30,
  reverse: false,
  interval: seconds(1),
  timeout: seconds(1),
  rise: 1,
  fall: 1,
};

function setUp(probeOf: (clock: VirtualClock) => Probe, changes: Partial<TrackerConfig> = {}) {
  const clock = new VirtualClock();
  const config = { ...CONFIG, ...changes } as TrackerConfig;
  const onHealth = () => {};
  const runner = new TrackerRunner({
    name: 'gateway',
    config,
    probe: probeOf(clock),
    clock,
    log: new KeptLog(),
    onHealth,
  });
  return {
    clock,
    runner,
    adjust: (more: Partial<TrackerConfig>) => runner.adjust({ ...config, ...more } as TrackerConfig),
  };
}

describe('a tracker that is adjusted', () => {
  it('asks a gateway within the time that it has now', async () => {
    const answersTheLast: OpenEcho = ({ onReply }) => ({
      send: sequence => (sequence % 3 === 2 ? onReply(sequence) : undefined),
      close: () => {},
    });
    const { clock, runner, adjust } = setUp(
      clock =>
        new PingProbe(
          { address: '198.18.0.1' as IpAddress, count: 3, replies: 1, identifier: 7 },
          answersTheLast,
          clock,
        ),
    );
    runner.start();
    await clock.pass(milliseconds(900));
    assert.equal(runner.health(), 'up');
    adjust({ timeout: milliseconds(300) });
    await clock.pass(seconds(3));
    assert.equal(runner.health(), 'up', runner.status().last?.detail);
  });

  for (const [from, result] of [
    ['up', failed('gone')],
    ['down', passed('fine')],
  ] as const)
    it(`needs as many results to turn from ${from} as are asked for now`, async () => {
      let answer: Outcome = from === 'up' ? passed('fine') : failed('gone');
      const probe: Probe = { check: () => Promise.resolve(answer) };
      const { clock, runner, adjust } = setUp(() => probe, { rise: 2, fall: 2 });
      runner.start();
      await clock.pass(milliseconds(500));
      adjust({ rise: 4, fall: 4 });
      answer = result;
      await clock.pass(seconds(3));
      assert.equal(runner.health(), from, 'three of four');
      await clock.pass(seconds(1));
      assert.notEqual(runner.health(), from);
    });

  it('goes on counting when something else changes', async () => {
    let answer: Outcome = passed('fine');
    const { clock, runner, adjust } = setUp(() => ({ check: () => Promise.resolve(answer) }), { fall: 3 });
    runner.start();
    await clock.pass(milliseconds(500));
    answer = failed('gone');
    await clock.pass(seconds(2));
    adjust({ fall: 3, weight: -10 });
    await clock.pass(seconds(1));
    assert.equal(runner.health(), 'down');
  });
});

describe('a tracker that reads a number', () => {
  it('keeps it while a look tells nothing', async () => {
    const five: Outcome = { ok: false, detail: 'it holds 5', value: 5 };
    let looks: Outcome | Inconclusive = five;
    const { clock, runner } = setUp(() => ({ check: () => Promise.resolve(looks) }));
    runner.start();
    await clock.pass(milliseconds(500));
    looks = inconclusive('it cannot be read (EACCES)');
    await clock.pass(seconds(3));
    assert.deepEqual([runner.health(), runner.status().value], ['down', 5]);
    assert.equal(runner.status().inconclusive, 'it cannot be read (EACCES)');
  });
});
