/** Startup, shutdown, fault and the deadlines of all states. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../src/lib/time.ts';
import type { Input } from '../../src/vrrp/state.ts';
import { asFault, assertion, at, backupOf, Led, masterOf, PEER } from './support.ts';

const nowOf = (led: Led): number => led.now / 1_000;
const fault = (cause: string): Input => ({ type: 'fault', cause });
const CLEARED: Input = { type: 'faultCleared' };

test('before startup nothing happens', () => {
  const led = new Led();
  const others: readonly Input[] = [{ type: 'timeout' }, fault('x'), CLEARED, { type: 'addressLost' }];
  for (const input of [...others, { type: 'shutdown' } as const]) {
    assert.deepEqual(led.input(1, input).did, []);
    assert.equal(led.state.name, 'init');
  }
  led.hear(1, 255);
  assert.equal(led.state.name, 'init');
  assert.equal(led.deadline, undefined);
});

test('parameters that come before startup count', () => {
  const led = new Led().retune(0, { priority: 255 }).start();
  assert.equal(led.state.name, 'master');
});

test('startup: backup, a whole master-down interval', () => {
  const led = new Led().start();
  assert.deepEqual(led.did, ['init → backup: startup']);
  assert.deepEqual(led.deadline, { at: at(3_609.375), reason: 'master-silent' });
});

test('startup of the owner: master at once', () => {
  assert.deepEqual(new Led({ priority: 255 }).start().did, [...assertion(255), 'init → master: owner']);
});

test('startup with a fault: fault, owner or not, and no word on the wire', () => {
  for (const priority of [100, 255]) {
    const led = new Led({ priority }).input(0, { type: 'startup', fault: 'eth0 is down' });
    assert.deepEqual(led.did, ['init → fault: fault']);
    assert.equal(led.deadline, undefined);
    assert.equal(asFault(led.state).cause, 'eth0 is down');
  }
});

test('a backup in fault says nothing and holds nothing', () => {
  const led = backupOf().input(10, fault('eth0 is down'));
  assert.deepEqual(led.did, ['backup → fault: fault']);
  assert.equal(led.deadline, undefined);
});

test('a master in fault resigns', () => {
  const led = masterOf();
  led.input(nowOf(led), fault('nginx is gone'));
  assert.deepEqual(led.did, ['advertise 0', 'releaseAddresses', 'master → fault: fault']);
});

test('in fault the wire is not listened to, and no time passes', () => {
  const led = masterOf();
  led.input(nowOf(led), fault('nginx is gone'));
  const before = led.router;
  for (const priority of [0, 50, 255]) led.hear(nowOf(led) + 1, priority);
  led.timeout(nowOf(led) + 1_000_000);
  led.input(nowOf(led), { type: 'addressLost' });
  assert.deepEqual(led.router, before);
});

test('a fault that clears leads to backup, the owner to master', () => {
  const led = backupOf().input(10, fault('eth0 is down')).input(500, CLEARED);
  assert.deepEqual(led.did, ['fault → backup: fault-cleared']);
  assert.equal(led.remaining, 3_609_375);
  const owner = new Led({ priority: 255 }).input(0, { type: 'startup', fault: 'x' }).input(1, CLEARED);
  assert.deepEqual(owner.did, [...assertion(255), 'fault → master: owner']);
});

test('the latest cause is kept', () => {
  const led = backupOf().input(1, fault('eth0 is down')).input(2, fault('nginx is gone'));
  assert.equal(asFault(led.state).cause, 'nginx is gone');
  assert.deepEqual(led.did, []);
});

function unableToHold(): Led {
  const led = masterOf();
  return led.input(nowOf(led), { type: 'effectFailed', effect: 'acquireAddresses', message: 'EPERM' });
}

test('after a failed effect it tries again after ten seconds, as backup', () => {
  const led = unableToHold();
  assert.equal(led.remaining, seconds(10));
  assert.equal(led.deadline?.reason, 'retry');
  const failed = nowOf(led);
  assert.deepEqual(led.timeout(failed + 9_999).did, []);
  assert.deepEqual(led.timeout(failed + 10_000).did, ['fault → backup: fault-cleared']);
});

test('a fault from outside during the hold-off outlasts it, and the hold-off outlasts the fault', () => {
  const outlasted = unableToHold();
  const failed = nowOf(outlasted);
  outlasted.input(failed + 1, fault('eth0 is down')).timeout(failed + 10_000);
  assert.equal(outlasted.state.name, 'fault');
  assert.equal(outlasted.input(failed + 11_000, CLEARED).state.name, 'backup');

  const shorter = unableToHold();
  shorter.input(failed + 1, fault('eth0 is down')).input(failed + 2, CLEARED);
  assert.equal(shorter.state.name, 'fault');
  assert.equal(shorter.timeout(failed + 10_000).state.name, 'backup');
});

test('an effect that fails late, after the fault, changes nothing', () => {
  const led = unableToHold();
  const before = led.router;
  led.input(nowOf(led) + 1, { type: 'effectFailed', effect: 'releaseAddresses', message: 'EPERM' });
  assert.deepEqual(led.router, before);
});

test('parameters in fault are kept for later', () => {
  const led = unableToHold().retune(20_000, { priority: 42 });
  assert.deepEqual(led.did, []);
  led.wait().wait();
  assert.deepEqual(led.did.slice(0, 1), ['advertise 42']);
});

test('shutdown: a master resigns, the others just stop', () => {
  const master = masterOf();
  master.input(nowOf(master), { type: 'shutdown' });
  assert.deepEqual(master.did, ['advertise 0', 'releaseAddresses', 'master → init: shutdown']);
  assert.equal(master.deadline, undefined);
  assert.deepEqual(backupOf().input(1, { type: 'shutdown' }).did, ['backup → init: shutdown']);
  assert.deepEqual(unableToHold().input(20_000, { type: 'shutdown' }).did, ['fault → init: shutdown']);
});

test('after a shutdown it can be started again', () => {
  const led = backupOf().input(1, { type: 'shutdown' }).start(2);
  assert.deepEqual(led.did, ['init → backup: startup']);
});

test('a second startup does nothing', () => {
  const led = masterOf();
  const before = led.router;
  assert.deepEqual(led.start(nowOf(led) + 1).did, []);
  assert.deepEqual(led.router, before);
});

test('the deadline is the earliest of what a master waits for', () => {
  const led = masterOf();
  assert.equal(led.deadline?.reason, 'announce');
  led.wait();
  assert.equal(led.deadline?.reason, 'advertise');
  led.hear(nowOf(led), 50, PEER).hear(nowOf(led), 50, PEER);
  assert.equal(led.deadline?.reason, 'announce');
  led.wait();
  assert.equal(led.deadline?.reason, 'reassert');
});

test('a step leaves the router it was given as it was', () => {
  const led = backupOf();
  const before = led.router;
  const copy = structuredClone(before);
  led.hear(5, 0).wait();
  assert.deepEqual(before, copy);
});
