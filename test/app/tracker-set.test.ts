/** Trackers through a reload: history that stays, newcomers that wait until they know, and what counts meanwhile. */

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { TrackerConfig } from '../../src/app/config/config.ts';
import { TrackerRunner } from '../../src/app/tracker-runner.ts';
import { TrackerSet } from '../../src/app/tracker-set.ts';
import { seconds } from '../../src/lib/time.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

const PACE = { reverse: false, interval: seconds(1), timeout: seconds(1), rise: 1, fall: 1 };

const watching = (name: string, weight = 0): TrackerConfig => ({
  type: 'process',
  name,
  quorum: 1,
  weight,
  ...PACE,
});

let clock: VirtualClock;
let set: TrackerSet;
let changes: number;
/** By the name of the process: what is found, or that a look takes until it is answered. */
let found: Map<string, Outcome>;
let waiting: ((outcome: Outcome) => void)[];

beforeEach(() => {
  clock = new VirtualClock();
  changes = 0;
  found = new Map([['nginx', { ok: true, detail: 'lives' }]]);
  waiting = [];
  set = new TrackerSet({
    create: (name, config, onHealth) =>
      new TrackerRunner({
        name,
        config,
        probe: {
          check: () => {
            const outcome = config.type === 'process' ? found.get(config.name) : undefined;
            return outcome === undefined
              ? new Promise(resolve => waiting.push(resolve))
              : Promise.resolve(outcome);
          },
        },
        clock,
        log: new KeptLog(),
        onHealth,
      }),
    onChange: () => changes++,
  });
});

const counting = (): string[] =>
  set.counting().map(({ name, health, weight }) => `${name} ${health} ${weight}`);

describe('the set of trackers', () => {
  it('counts those of the start before they have decided', async () => {
    set.reconcile({ web: watching('nginx') }, 'count');
    assert.deepEqual(counting(), ['web unknown 0']);
    await settle();
    assert.deepEqual(counting(), ['web up 0']);
    assert.equal(changes, 1);
  });

  it('keeps the history of one whose weight or pace changes', async () => {
    set.reconcile({ web: watching('nginx') }, 'count');
    await clock.pass(seconds(3));
    const [before] = set.reports();
    set.reconcile({ web: { ...watching('nginx', -20), interval: seconds(5) } }, 'wait');
    const [after] = set.reports();
    assert.deepEqual({ ...after, weight: 0 }, before);
    assert.deepEqual(counting(), ['web up -20']);
    const checks = after?.counts.checks ?? 0;
    await clock.pass(seconds(11));
    assert.equal(set.reports()[0]?.counts.checks, checks + 3);
  });

  it('lets a newcomer count from its first decision on', async () => {
    set.reconcile({ web: watching('nginx') }, 'count');
    await settle();
    set.reconcile({ web: watching('nginx'), slow: watching('slow') }, 'wait');
    assert.deepEqual(counting(), ['web up 0']);
    assert.deepEqual(
      set.reports().map(({ name }) => name),
      ['web', 'slow'],
    );
    waiting[0]?.({ ok: true, detail: 'lives' });
    await settle();
    assert.deepEqual(counting(), ['web up 0', 'slow up 0']);
  });

  it('lets the one before count until one with another target has decided', async () => {
    set.reconcile({ web: watching('nginx') }, 'count');
    await settle();
    set.reconcile({ web: watching('caddy') }, 'wait');
    found.set('nginx', { ok: false, detail: 'dead' });
    await clock.pass(seconds(1));
    assert.deepEqual(counting(), ['web down 0'], 'the former one is looked at still');
    // Replaced again before it has decided: there is still the first.
    set.reconcile({ web: watching('lighttpd') }, 'wait');
    assert.deepEqual(counting(), ['web down 0']);
    found.set('lighttpd', { ok: true, detail: 'lives' });
    waiting.at(-1)?.({ ok: true, detail: 'lives' });
    await clock.pass(seconds(1));
    assert.deepEqual(counting(), ['web up 0']);
  });

  it('stops those that go, with all that stood in for them', async () => {
    set.reconcile({ web: watching('nginx') }, 'count');
    await settle();
    set.reconcile({ web: watching('slow') }, 'wait');
    set.reconcile({}, 'wait');
    assert.deepEqual(counting(), []);
    for (const answer of waiting) answer({ ok: true, detail: 'late' });
    await clock.pass(seconds(5));
    assert.equal(clock.armed, 0);
    assert.equal(changes, 1);
  });
});
