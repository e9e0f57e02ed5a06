/** What a reload changes under a virtual router: intervals and leases, announcements, preemption, the sync group. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { masterDownInterval } from '../../src/vrrp/timing.ts';
import { asBackup, asMaster, at, backupOf, Led, masterOf, PEER } from './support.ts';

const nowOf = (led: Led): number => led.now / 1_000;

for (const timing of ['fast', 'rfc'] as const)
  test(`${timing}: a master says another interval at once and renews the lease, which may be shorter than the next wait`, () => {
    const led = masterOf({ timing });
    const now = nowOf(led) + 100;
    led.retune(now, { advertisementInterval: seconds(20) });
    assert.deepEqual(led.did, ['advertise 100', 'acquireAddresses']);
    assert.equal(asMaster(led.state).advertiseAt, at(now + 20_000));
    led.retune(now + 1, { advertisementInterval: milliseconds(100) });
    assert.deepEqual(led.did, ['advertise 100', 'acquireAddresses']);
    assert.equal(asMaster(led.state).advertiseAt, at(now + 101));
  });

test('a master announces again as it is configured now', () => {
  const led = masterOf();
  led.retune(nowOf(led) + 1, { announcing: { again: [], refresh: undefined } });
  while (asMaster(led.state).announceAt.length > 0) led.wait();
  const now = nowOf(led);
  led.retune(now, { announcing: { again: [], refresh: seconds(7) } });
  assert.deepEqual(asMaster(led.state).announceAt, [at(now + 7_000)]);
  led.retune(now + 1_000, { announcing: { again: [], refresh: seconds(7) } });
  assert.deepEqual(asMaster(led.state).announceAt, [at(now + 7_000)], 'the same asks for nothing');
  led.retune(now + 2_000, { announcing: { again: [], refresh: undefined } });
  assert.deepEqual(asMaster(led.state).announceAt, []);
});

test('version 2: a backup waits by its own new interval, less what it has waited', () => {
  const led = backupOf(200, { version: 2 });
  const before = asBackup(led.state).masterDownAt;
  led.retune(nowOf(led), { advertisementInterval: seconds(2) });
  const longer = masterDownInterval(2, 100, seconds(2)) - masterDownInterval(2, 100, seconds(1));
  assert.equal(asBackup(led.state).masterDownAt, before + longer);
});

test('version 3: the interval of a master that was heard counts, not a new one of our own', () => {
  const led = backupOf(200);
  const before = led.deadline;
  led.retune(nowOf(led), { advertisementInterval: seconds(2) });
  assert.deepEqual(led.deadline, before);
  const alone = new Led().start(0).retune(0, { advertisementInterval: seconds(2) });
  assert.equal(alone.deadline?.at, masterDownInterval(3, 100, seconds(2)));
});

test('a backup that may not preempt any more does not take over at the end of its patience', () => {
  const led = new Led({ preemptDelay: seconds(60) }).start(0);
  for (let second = 1; second <= 60; second++) led.hear(second * 1_000, 50, PEER);
  assert.equal(led.deadline?.reason, 'lower-priority');
  led.retune(60_500, { preempt: false });
  assert.equal(led.deadline?.reason, 'master-silent');
  led.hear(61_000, 50, PEER);
  assert.equal(led.deadline?.at, at(61_000) + masterDownInterval(3, 100, seconds(1)));
});

test('who leaves a sync group takes over by its own', () => {
  const led = new Led({ joint: true }).start(0);
  led.wait();
  assert.equal(asBackup(led.state).isReady, true);
  led.retune(nowOf(led) + 500, { joint: false });
  assert.deepEqual(led.wait().did.slice(-1), ['backup → master: master-silent']);
});
