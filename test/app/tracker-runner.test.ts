/** The runner of a tracker in virtual time: intervals, timeouts, notices, nudges. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrackerConfig } from '../../src/app/config/config.ts';
import { TrackerRunner } from '../../src/app/tracker-runner.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { microseconds, milliseconds, seconds } from '../../src/lib/time.ts';
import {
  failed,
  type Inconclusive,
  inconclusive,
  type Notify,
  type Probe,
  passed,
} from '../../src/probes/probe.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

type Finding = Outcome | Inconclusive;

/** A probe whose answers the test gives; without one a check hangs until the test answers it. */
class ScriptedProbe implements Probe {
  readonly waiting: { readonly answer: (finding: Finding) => void; readonly signal: AbortSignal }[] = [];
  always: Finding | undefined;
  notify: Notify = () => assert.fail('not watched');
  watched = false;
  overlapping = 0;
  #running = 0;

  async check(signal: AbortSignal): Promise<Finding> {
    this.#running++;
    this.overlapping = Math.max(this.overlapping, this.#running);
    try {
      if (this.always !== undefined) return this.always;
      return await new Promise(answer => {
        this.waiting.push({ answer, signal });
      });
    } finally {
      this.#running--;
    }
  }

  watch(notify: Notify): () => void {
    this.notify = notify;
    this.watched = true;
    return () => {
      this.watched = false;
    };
  }
}

/** As Node's timers are at times. */
const early = (clock: VirtualClock): Clock => ({
  now: () => clock.now(),
  after: (delay, run) => clock.after(delay > 1_000 ? microseconds(delay - 700) : delay, run),
});

function setUp(config: Partial<TrackerConfig> = {}, seenAs: (clock: VirtualClock) => Clock = clock => clock) {
  const clock = new VirtualClock();
  const probe = new ScriptedProbe();
  const log = new KeptLog();
  const news: string[] = [];
  const runner = new TrackerRunner({
    name: 'nginx',
    config: {
      type: 'process',
      name: 'nginx',
      weight: -30,
      reverse: false,
      quorum: 1,
      interval: seconds(1),
      timeout: seconds(1),
      rise: 1,
      fall: 1,
      ...config,
    } as TrackerConfig,
    probe,
    clock: seenAs(clock),
    log,
    onHealth: (health, { detail }) => news.push(`${health}: ${detail}`),
  });
  return { clock, probe, log, news, runner };
}

describe('tracker runner', () => {
  it('checks at once and then on the interval, and tells only changes', async () => {
    const { clock, probe, news, runner } = setUp();
    probe.always = passed('fine');
    runner.start();
    await clock.pass(seconds(5));
    assert.equal(runner.status().counts.checks, 6);
    assert.deepEqual(news, ['up: fine']);
  });

  it('tells the first decision, up or down', async () => {
    const { clock, probe, news, runner } = setUp({ rise: 3, fall: 3 });
    probe.always = failed('gone');
    assert.equal(runner.health(), 'unknown');
    runner.start();
    await clock.pass(milliseconds(1));
    assert.deepEqual(news, ['down: gone']);
  });

  it('goes down only after fall checks, one interval each', async () => {
    const { clock, probe, news, runner } = setUp({ fall: 3 });
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(500));
    probe.always = failed('gone');
    await clock.pass(seconds(2));
    assert.equal(runner.health(), 'up');
    await clock.pass(seconds(1));
    assert.deepEqual(news, ['up: fine', 'down: gone']);
  });

  it('checks once an interval although timers come early', async () => {
    const { clock, probe, runner } = setUp({ fall: 2 }, early);
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(500));
    probe.always = failed('gone');
    await clock.pass(milliseconds(500));
    assert.equal(runner.status().counts.checks, 2);
    assert.equal(runner.health(), 'up');
    await clock.pass(seconds(1));
    assert.equal(runner.health(), 'down');
  });

  it('counts a check that takes too long as failed, and tells it to end', async () => {
    const { clock, probe, news, runner } = setUp({ timeout: milliseconds(300) });
    runner.start();
    await clock.pass(milliseconds(299));
    assert.equal(runner.health(), 'unknown');
    await clock.pass(milliseconds(1));
    assert.deepEqual(news, ['down: no answer within 300ms']);
    assert.equal(probe.waiting[0]?.signal.aborted, true);
    assert.equal(runner.status().counts.timeouts, 1);
  });

  it('ignores the answer of a check that was cut', async () => {
    const { clock, probe, runner } = setUp({ timeout: milliseconds(300) });
    runner.start();
    await clock.pass(milliseconds(400));
    probe.waiting[0]?.answer(passed('late'));
    await clock.pass(milliseconds(100));
    assert.equal(runner.health(), 'down');
  });

  it('never overlaps checks, and a probe that hangs for ever fails again each interval', async () => {
    const { clock, probe, runner } = setUp({ fall: 3 });
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(500));
    probe.always = undefined;
    await clock.pass(seconds(2));
    assert.equal(runner.health(), 'up');
    await clock.pass(seconds(2));
    assert.equal(runner.health(), 'down');
    assert.equal(probe.overlapping, 1);
    assert.equal(probe.waiting.length, 1);
  });

  it('cuts a probe that hangs once an interval, with a timeout as long as that', async () => {
    const { clock, probe, runner } = setUp({ fall: 3 });
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(500));
    probe.check = signal =>
      new Promise(answer => signal.addEventListener('abort', () => answer(failed('cut'))));
    await clock.pass(seconds(3));
    assert.equal(runner.health(), 'up');
    await clock.pass(seconds(1));
    assert.equal(runner.health(), 'down');
    assert.equal(runner.status().counts.timeouts, 3);
  });

  it('puts a check off while the one before runs within its time', async () => {
    const { clock, probe, runner } = setUp({ timeout: seconds(3) });
    runner.start();
    await clock.pass(milliseconds(2_500));
    assert.equal(runner.status().counts.skipped, 2);
    assert.equal(runner.health(), 'unknown');
    probe.waiting[0]?.answer(passed('slow but fine'));
    await clock.pass(milliseconds(1));
    assert.equal(runner.health(), 'up');
    assert.equal(runner.status().counts.checks, 2);
  });

  it('counts a probe that throws as failed', async () => {
    const { clock, probe, news, runner } = setUp();
    probe.check = () => Promise.reject(new Error('broken'));
    runner.start();
    await clock.pass(milliseconds(1));
    assert.deepEqual(news, ['down: broken']);
  });

  it('takes a notice with a finding as a result, at once', async () => {
    const { clock, probe, news, runner } = setUp();
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(500));
    probe.notify(failed('ended'));
    assert.deepEqual(news, ['up: fine', 'down: ended']);
    assert.equal(runner.status().last?.notice, true);
  });

  it('lets a notice overtake the check in flight, which may have looked before the event', async () => {
    const { clock, probe, runner } = setUp();
    runner.start();
    await clock.pass(milliseconds(1));
    probe.notify(failed('ended'));
    probe.waiting[0]?.answer(passed('it was there'));
    await clock.pass(milliseconds(100));
    assert.equal(runner.health(), 'down');
  });

  it('counts one notice as one result: fall 2 takes another failure', async () => {
    const { clock, probe, runner } = setUp({ fall: 2 });
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(500));
    probe.always = failed('gone');
    probe.notify(failed('ended'));
    assert.equal(runner.health(), 'up');
    await clock.pass(milliseconds(500));
    assert.equal(runner.health(), 'down');
  });

  it('does not rise or fall faster than its intervals, however often something changes', async () => {
    const { clock, probe, news, runner } = setUp({ rise: 3, fall: 3 });
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(100));
    probe.always = failed('gone');
    for (let at = 0; at < 85; at++) {
      probe.notify(at % 2 === 0 ? failed('ended') : undefined);
      await clock.pass(milliseconds(10));
    }
    assert.equal(runner.health(), 'up', 'only the first of them counted');
    await clock.pass(milliseconds(1_100));
    assert.equal(runner.health(), 'down', 'with those at 1 and 2 s');
    assert.deepEqual(news, ['up: fine', 'down: gone']);
    probe.always = passed('back');
    for (let at = 0; at < 150; at++) {
      runner.nudge();
      await clock.pass(milliseconds(10));
    }
    assert.equal(runner.health(), 'down');
    await clock.pass(milliseconds(500));
    assert.equal(runner.health(), 'up', 'nudges do not put off the checks of the interval');
  });

  it('lets a result between two intervals end a run', async () => {
    const { clock, probe, runner } = setUp({ rise: 1, fall: 2 });
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(500));
    probe.notify(failed('ended'));
    runner.nudge();
    await clock.pass(milliseconds(100));
    probe.always = failed('gone');
    await clock.pass(milliseconds(400));
    assert.equal(runner.health(), 'up', 'the pass in between began anew');
  });

  it('tells another number behind the same health, and takes one only with its health', async () => {
    const { clock, probe, news, runner } = setUp({ rise: 1, fall: 2 });
    const holds = (value: number) => ({ ok: value === 0, detail: `holds ${value}`, value });
    probe.always = holds(0);
    runner.start();
    await clock.pass(milliseconds(500));
    assert.equal(runner.status().value, 0);
    probe.always = holds(3);
    await clock.pass(seconds(1));
    assert.equal(runner.status().value, 0, 'one result of two');
    await clock.pass(seconds(1));
    assert.equal(runner.status().value, 3);
    probe.always = holds(5);
    runner.nudge();
    await clock.pass(milliseconds(1));
    assert.equal(runner.status().value, 5);
    probe.always = holds(0);
    await clock.pass(seconds(1));
    assert.equal(runner.status().value, 0);
    assert.deepEqual(news, ['up: holds 0', 'down: holds 3', 'down: holds 5', 'up: holds 0']);
  });

  it('reports how often its health changed lately, the first decision excluded', async () => {
    const { clock, probe, runner } = setUp();
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(500));
    assert.deepEqual(runner.status().changes, []);
    for (let at = 0; at < 4; at++) {
      probe.always = at % 2 === 0 ? failed('gone') : passed('back');
      await clock.pass(seconds(1));
    }
    assert.deepEqual(runner.status().changes, [1, 2, 3, 4].map(seconds));
  });

  it('checks at once when nudged', async () => {
    const { clock, probe, runner } = setUp();
    probe.always = failed('gone');
    runner.start();
    await clock.pass(milliseconds(500));
    probe.always = passed('back');
    runner.nudge();
    await clock.pass(milliseconds(1));
    assert.equal(runner.health(), 'up');
  });

  it('checks once more when nudged during a check', async () => {
    const { clock, probe, runner } = setUp();
    runner.start();
    await clock.pass(milliseconds(20));
    probe.notify();
    probe.notify();
    probe.always = passed('back');
    probe.waiting[0]?.answer(failed('gone'));
    await clock.pass(milliseconds(1));
    assert.equal(runner.health(), 'up');
    assert.equal(runner.status().counts.checks, 2);
  });

  it('keeps a storm of nudges to one check every 10 ms', async () => {
    const { clock, probe, runner } = setUp({ interval: seconds(100), timeout: seconds(1) });
    probe.always = passed('fine');
    runner.start();
    for (let at = 0; at < 1_000; at++) {
      runner.nudge();
      await clock.pass(milliseconds(1));
    }
    const { checks } = runner.status().counts;
    assert.ok(checks > 90 && checks <= 101, `${checks} checks in a second`);
  });

  it('keeps its health when a check tells nothing, and says so', async () => {
    const { clock, probe, news, runner } = setUp();
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(500));
    probe.always = inconclusive('Docker does not answer');
    await clock.pass(seconds(10));
    assert.deepEqual(news, ['up: fine']);
    assert.equal(runner.status().inconclusive, 'Docker does not answer');
    assert.equal(runner.status().last?.detail, 'fine');
    probe.always = failed('gone');
    await clock.pass(seconds(1));
    assert.equal(runner.health(), 'down');
    assert.equal(runner.status().inconclusive, undefined);
  });

  it('stays unknown while no check ever told anything', async () => {
    const { clock, probe, runner } = setUp();
    probe.always = inconclusive('nothing yet');
    runner.start();
    await clock.pass(seconds(10));
    assert.equal(runner.health(), 'unknown');
  });

  it('reports since when, the last outcome and the history', async () => {
    const { clock, probe, runner } = setUp();
    probe.always = passed('fine');
    runner.start();
    await clock.pass(milliseconds(2_500));
    probe.always = failed('gone');
    await clock.pass(milliseconds(30_000));
    const status = runner.status();
    assert.equal(status.since, seconds(3));
    assert.equal(status.health, 'down');
    assert.equal(status.last?.at, seconds(32));
    assert.equal(status.lastCheckedAt, seconds(32));
    assert.equal(status.history.length, 10);
    assert.equal(status.counts.failed, 30);
  });

  it('says nothing more once stopped, and leaves no timer behind', async () => {
    const { clock, probe, news, runner } = setUp();
    runner.start();
    await clock.pass(milliseconds(1));
    runner.stop();
    probe.notify(failed('ended'));
    probe.waiting[0]?.answer(passed('fine'));
    await clock.pass(milliseconds(1));
    assert.deepEqual(news, []);
    assert.equal(probe.watched, false);
    assert.equal(clock.armed, 0);
  });
});
