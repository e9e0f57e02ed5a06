/** What a backup makes of what it hears, and how long it waits. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../src/lib/time.ts';
import { handOverSkew, masterDownInterval, skewTime } from '../../src/vrrp/timing.ts';
import { asBackup, assertion, at, backupOf, HIGHER, Led, masterOf, ms, PEER, THIRD } from './support.ts';

const DOWN = masterDownInterval(3, 100, seconds(1));
const SKEW = skewTime(3, 100, seconds(1));
const SHORT = handOverSkew(3, 100, seconds(1));

test('hearing its master starts the wait anew', () => {
  const led = backupOf().hear(500, 200);
  assert.deepEqual(led.did, []);
  assert.equal(led.remaining, DOWN);
  assert.deepEqual(asBackup(led.state).master, { address: PEER, priority: 200 });
});

test('an equal priority is a master, whatever its address', () => {
  assert.equal(new Led().start().hear(500, 100, PEER).remaining, DOWN);
  assert.equal(new Led().start().hear(500, 100, HIGHER).remaining, DOWN);
});

test('a lower priority does not prolong the wait, and is known from then on', () => {
  const led = new Led().start(0).hear(500, 99);
  assert.equal(led.deadline?.at, DOWN);
  assert.deepEqual(asBackup(led.state).master, { address: PEER, priority: 99 });
});

test('version 3 learns the interval of the master', () => {
  const led = new Led().start().hear(0, 200, PEER, { interval: seconds(2) });
  assert.equal(led.remaining, masterDownInterval(3, 100, seconds(2)));
  assert.equal(led.hear(100, 200).remaining, DOWN, 'and unlearns it');
});

test('version 2 keeps to its own interval', () => {
  const led = new Led({ version: 2, advertisementInterval: seconds(3) }).start();
  assert.equal(led.hear(0, 200, PEER, { version: 2, interval: seconds(1) }).remaining, 9_609_375);
});

test('fast: when the master sinks below it, it takes over after the hand-over skew', () => {
  const led = backupOf(200).hear(400, 70);
  assert.deepEqual(led.did, []);
  assert.equal(led.remaining, SHORT);
  assert.deepEqual(led.wait().did, [...assertion(), 'backup → master: master-yielded']);
});

test('fast: repeating a low priority does not prolong the wait', () => {
  const first = backupOf(200).hear(400, 70);
  const due = first.deadline?.at;
  assert.equal(first.hear(402, 60).deadline?.at, due);
  assert.equal(first.hear(404, 0).deadline?.at, due);
});

test('fast: a master that rises again calls the hand-over off', () => {
  const led = backupOf(200).hear(400, 70).hear(402, 150);
  assert.equal(led.remaining, DOWN);
  assert.equal(led.deadline?.reason, 'master-silent');
});

test('fast: the low word of a third router changes nothing', () => {
  const led = backupOf(200);
  const due = led.deadline?.at;
  assert.equal(led.hear(400, 70, THIRD).deadline?.at, due);
  assert.equal(led.deadline?.reason, 'master-silent');
});

test('fast: who may not preempt does not take over from a master that sank', () => {
  const led = backupOf(200, { preempt: false }).hear(400, 70);
  assert.equal(led.remaining, DOWN);
  assert.deepEqual(asBackup(led.state).master, { address: PEER, priority: 70 });
});

test('fast: who may not preempt does take over from a master that resigns', () => {
  const led = backupOf(200, { preempt: false }).hear(400, 0);
  assert.equal(led.remaining, SHORT);
  assert.deepEqual(led.wait().did.at(-1), 'backup → master: master-resigned');
});

test('fast: the hand-over never waits longer than the silence would have', () => {
  const led = backupOf(200).hear(0, 200);
  const nearlyDue = DOWN / 1_000 - 1;
  assert.equal(led.hear(nearlyDue, 70).remaining, ms(1));
});

test('fast: the resignation of a third router changes nothing', () => {
  const led = backupOf(200);
  const due = led.deadline?.at;
  assert.equal(led.hear(400, 0, THIRD).deadline?.at, due);
});

test('a resignation before any master was heard waits the whole skew', () => {
  const led = new Led().start().hear(400, 0);
  assert.equal(led.remaining, SKEW);
  assert.equal(led.deadline?.reason, 'master-resigned');
});

test('rfc: a resignation waits the whole skew, whoever sent it', () => {
  for (const source of [PEER, THIRD])
    assert.equal(backupOf(200, { timing: 'rfc' }).hear(400, 0, source).remaining, SKEW);
});

test('rfc: a lower priority leaves the timer alone', () => {
  const led = backupOf(200, { timing: 'rfc' });
  const due = led.deadline?.at;
  assert.equal(led.hear(400, 70).deadline?.at, due);
});

test('an owner preempts although it may not: one that gave way to another owner does not wait for a lesser master', () => {
  const led = masterOf({ priority: 255, preempt: false }).hear(100, 255, HIGHER);
  const due = led.deadline?.at;
  assert.equal(led.state.name, 'backup');
  assert.equal(led.hear(400, 254, THIRD).deadline?.at, due);
  assert.equal(led.hear(500, 254, HIGHER).remaining, handOverSkew(3, 255, seconds(1)));
});

test('the timer is not due a microsecond early', () => {
  const led = backupOf();
  const due = led.deadline?.at ?? 0;
  assert.deepEqual(led.timeout((due - 1) / 1_000).did, []);
  assert.deepEqual(led.timeout(due / 1_000).did, [...assertion(), 'backup → master: master-silent']);
});

test('it says from whom it takes over', () => {
  const detail = (led: Led): string => {
    const change = led.wait().effects.at(-1);
    assert.ok(change?.type === 'stateChanged');
    return change.detail;
  };
  assert.equal(detail(new Led().start()), 'no master that outranks us was heard');
  assert.equal(detail(backupOf()), `the master ${PEER} fell silent`);
  assert.equal(detail(backupOf().hear(1, 0)), `the master ${PEER} resigned`);
  assert.equal(detail(backupOf().hear(1, 1)), `the master ${PEER} advertises a lower priority`);
  assert.equal(detail(new Led().start().hear(1, 0)), 'the master resigned');
});

test('a new priority moves the wait by the difference of the skews', () => {
  const led = backupOf();
  led.retune(1_000, { priority: 228 });
  assert.equal(led.deadline?.at, masterDownInterval(3, 228, seconds(1)));
  led.retune(2_000, { priority: 100 });
  assert.equal(led.deadline?.at, DOWN);
  assert.deepEqual(led.did, []);
});

test('a new priority never moves the wait into the past', () => {
  const led = backupOf().retune(3_600, { priority: 254 });
  assert.equal(led.deadline?.at, at(3_600));
});

test('a new priority while the master gives way leaves the short wait alone', () => {
  const led = backupOf().hear(400, 70);
  const due = led.deadline?.at;
  assert.equal(led.retune(401, { priority: 90 }).deadline?.at, due);
  assert.deepEqual(led.wait().did.slice(0, 1), ['advertise 90']);
});

test('a retune follows the interval learned from the master', () => {
  const led = new Led().start().hear(0, 200, PEER, { interval: seconds(2) });
  led.retune(0, { priority: 228 });
  assert.equal(led.remaining, masterDownInterval(3, 228, seconds(2)));
});

test('what does not concern a backup does nothing', () => {
  const led = backupOf();
  const before = led.router;
  led.input(1, { type: 'faultCleared' });
  led.input(1, { type: 'addressLost' });
  led.input(1, { type: 'startup', fault: undefined });
  led.input(1, { type: 'effectFailed', effect: 'releaseAddresses', message: 'EBUSY' });
  assert.deepEqual(led.effects, []);
  assert.deepEqual(led.router, before);
});
