/** What a master says and does, when it is contested, when it yields, and when its effects fail. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centiseconds, milliseconds, seconds } from '../../src/lib/time.ts';
import { renewInterval, USUAL_ANNOUNCING } from '../../src/vrrp/timing.ts';
import {
  asBackup,
  asFault,
  asMaster,
  assertion,
  backupOf,
  HIGHER,
  type Led,
  masterOf,
  ms,
  PEER,
  parameters,
  type US,
} from './support.ts';

/** Milliseconds of the led clock. */
const nowOf = (led: Led): number => led.now / 1_000;

/** Runs all deadlines up to a moment; the effects with their times, counted from the start of the run. */
function run(led: Led, forMs: number): readonly string[] {
  const start = led.now;
  const seen: string[] = [];
  while (led.deadline !== undefined && led.deadline.at <= start + forMs * 1_000) {
    led.wait();
    seen.push(...led.did.map(did => `${(led.now - start) / 1_000} ${did}`));
  }
  return seen;
}

test('it speaks first, then holds the addresses, then announces them, then says so', () => {
  const led = backupOf().wait();
  assert.deepEqual(led.did, [...assertion(), 'backup → master: master-silent']);
});

test('its first seconds: an advertisement each, announcements after 50 ms, 1 s and 5 s, renewals in time', () => {
  assert.deepEqual(run(masterOf(), 6_000), [
    '50 announceAddresses',
    '1000 advertise 100',
    '1000 announceAddresses',
    '2000 advertise 100',
    '2000 acquireAddresses',
    '3000 advertise 100',
    '4000 advertise 100',
    '4000 acquireAddresses',
    '5000 advertise 100',
    '5000 announceAddresses',
    '6000 advertise 100',
    '6000 acquireAddresses',
  ]);
});

test('a late timer does its work once and goes on from there', () => {
  const led = masterOf();
  const began = nowOf(led);
  led.timeout(began + 7_500);
  assert.deepEqual(led.did, ['advertise 100', 'acquireAddresses', 'announceAddresses']);
  assert.equal(led.remaining, seconds(1));
  assert.deepEqual(
    asMaster(led.state).announceAt,
    [led.now + (USUAL_ANNOUNCING.refresh ?? 0)],
    'missed ones become one',
  );
});

test('a timer that is a little late does not move the advertisements that follow', () => {
  const led = masterOf();
  const began = nowOf(led);
  led.timeout(began + 1_300);
  assert.deepEqual(led.remaining, milliseconds(700));
  led.timeout(began + 2_900);
  assert.deepEqual(led.remaining, milliseconds(100));
  led.timeout(began + 4_000);
  assert.deepEqual(led.remaining, seconds(1), 'a whole interval late: no advertisement is made up for');
});

test('it goes on announcing, rarely: a rival that it never heard may have pulled the traffic', () => {
  const announced = run(masterOf(), 100_000).filter(line => line.endsWith('announceAddresses'));
  assert.deepEqual(
    announced.map(line => Number(line.split(' ')[0])),
    [50, 1_000, 5_000, 35_000, 65_000, 95_000],
  );
});

test('without a second announcement the rare ones come all the same, a re-assertion or not', () => {
  const led = masterOf({ announcing: { again: [], refresh: seconds(30) } });
  assert.deepEqual(asMaster(led.state).announceAt, [led.now + seconds(30)]);
  led.hear(nowOf(led) + 10_000, 50);
  assert.ok(led.did.includes('announceAddresses'));
  assert.deepEqual(asMaster(led.state).announceAt, [led.now + seconds(30)]);
});

test('a timer that comes early does nothing', () => {
  const led = masterOf();
  const before = led.router;
  led.timeout(nowOf(led) + 49);
  assert.deepEqual(led.did, []);
  assert.deepEqual(led.router, before);
});

test('tiny intervals renew once a third of the lease, not with each advertisement', () => {
  const led = masterOf({ advertisementInterval: centiseconds(1) });
  const renewals = run(led, 10_000).filter(line => line.endsWith('acquireAddresses'));
  assert.equal(renewals.length, 14);
});

test('a higher priority: releases, becomes backup, waits for the new master', () => {
  const led = masterOf();
  led.hear(nowOf(led) + 10, 101);
  assert.deepEqual(led.did, ['releaseAddresses', 'advertise 0', 'master → backup: higher-priority']);
  assert.deepEqual(asBackup(led.state).master, { address: PEER, priority: 101 });
  assert.equal(led.remaining, 3_609_375);
});

test('stepping down with fast timing resigns after the release, so that the winner announces again', () => {
  const led = masterOf();
  led.hear(nowOf(led) + 10, 200);
  assert.deepEqual(led.did.slice(0, 2), ['releaseAddresses', 'advertise 0']);
});

test('stepping down with RFC timing says nothing on the wire', () => {
  const led = masterOf({ timing: 'rfc' });
  led.hear(nowOf(led) + 10, 200);
  assert.ok(!led.did.some(did => did.startsWith('advertise')));
});

test('stepping down adopts the interval of the new master in version 3, not in version 2', () => {
  const three = masterOf();
  three.hear(nowOf(three), 200, PEER, { interval: seconds(2) });
  assert.equal(three.remaining, 6_000_000 + 1_218_750);
  const two = masterOf({ version: 2 });
  two.hear(nowOf(two), 200, PEER, { version: 2, interval: seconds(2) });
  assert.equal(two.remaining, 3_609_375);
});

test('equal priority: the higher address wins', () => {
  const yields = masterOf();
  yields.hear(nowOf(yields), 100, HIGHER);
  assert.deepEqual(yields.did, ['releaseAddresses', 'advertise 0', 'master → backup: higher-address']);
  const stays = masterOf();
  stays.hear(nowOf(stays), 100, PEER);
  assert.deepEqual(stays.did, assertion());
});

test('addresses compare as numbers, not as text', () => {
  const led = masterOf({ primaryAddress: '9.0.0.1' as typeof US });
  led.hear(nowOf(led), 100, PEER);
  assert.equal(led.state.name, 'backup');
});

test('preemption is not asked about: a master that may not preempt yields to a higher priority all the same', () => {
  const led = masterOf({ preempt: false });
  assert.equal(led.hear(nowOf(led), 101).state.name, 'backup');
});

test('a losing advertisement is answered at once, and everything starts anew', () => {
  const led = masterOf();
  led.hear(nowOf(led) + 700, 99);
  assert.deepEqual(led.did, assertion());
  const { now } = led;
  const state = asMaster(led.state);
  assert.equal(state.advertiseAt, now + seconds(1));
  assert.equal(state.renewAt, now + renewInterval(parameters()));
  assert.deepEqual(
    state.announceAt.map(when => when - now),
    [ms(50), seconds(1), seconds(5)],
  );
});

test('a resignation heard by a master is answered as well', () => {
  const led = masterOf();
  assert.deepEqual(led.hear(nowOf(led), 0).did, assertion());
});

test('re-assertions keep 100 ms apart; the one that waits is done once', () => {
  const led = masterOf();
  const began = nowOf(led);
  assert.deepEqual(led.hear(began + 1, 99).did, assertion());
  for (let i = 2; i < 50; i++) assert.deepEqual(led.hear(began + i, 99).did, [], `after ${i} ms`);
  assert.deepEqual(led.wait().did, ['announceAddresses'], 'the announcement after 50 ms is not called off');
  assert.equal(led.deadline?.reason, 'reassert');
  led.wait();
  assert.equal(nowOf(led), began + 101);
  assert.deepEqual(led.did, assertion());
  assert.equal(asMaster(led.state).reassertPending, false);
  assert.equal(led.wait().did.join(), 'announceAddresses');
});

test('with tiny intervals re-assertions keep an interval apart', () => {
  const led = masterOf({ advertisementInterval: centiseconds(2) });
  const began = nowOf(led);
  led.hear(began, 99);
  assert.deepEqual(led.hear(began + 19, 99).did, []);
  led.timeout(began + 20);
  assert.deepEqual(led.did, assertion());
});

test('a flood of losing advertisements costs ten answers a second, and the advertisements go on', () => {
  const led = masterOf();
  const began = nowOf(led);
  let advertisements = 0;
  for (let i = 0; i < 10_000; i++) {
    const now = began + i;
    if (led.deadline !== undefined && led.deadline.at <= now * 1_000) {
      led.timeout(now);
      advertisements += led.did.filter(did => did === 'advertise 100').length;
    }
    led.hear(now, 50);
    advertisements += led.did.filter(did => did === 'advertise 100').length;
  }
  assert.ok(advertisements >= 99 && advertisements <= 101, `${advertisements}`);
});

test('two owners do not answer each other without end', () => {
  const led = masterOf({ priority: 255 });
  const began = nowOf(led);
  assert.deepEqual(led.hear(began, 255, PEER).did, assertion(255));
  assert.deepEqual(led.hear(began + 1, 255, PEER).did, []);
});

test('fast: a new priority is advertised at once, and the next advertisement counts from there', () => {
  const led = masterOf();
  led.retune(nowOf(led) + 300, { priority: 70 });
  assert.deepEqual(led.did, ['advertise 70']);
  assert.equal(asMaster(led.state).advertiseAt, led.now + seconds(1));
});

test('fast: priorities that change faster than the interval do not keep the lease from being renewed', () => {
  const led = masterOf();
  const renewals: number[] = [];
  for (let i = 1; i <= 50; i++) {
    led.retune(nowOf(led) + 100, { priority: 100 - (i % 2) });
    if (led.did.includes('acquireAddresses')) renewals.push(i * 100);
  }
  assert.deepEqual(renewals, [1_400, 2_800, 4_200]);
});

test('fast: parameters with the same priority say nothing', () => {
  const led = masterOf();
  const { advertiseAt } = asMaster(led.state);
  assert.deepEqual(led.retune(nowOf(led) + 300, { preempt: false }).did, []);
  assert.equal(asMaster(led.state).advertiseAt, advertiseAt);
  assert.equal(led.router.parameters.preempt, false);
});

test('rfc: a new priority waits for the next advertisement', () => {
  const led = masterOf({ timing: 'rfc' });
  const began = nowOf(led);
  assert.deepEqual(led.retune(began + 300, { priority: 70 }).did, []);
  assert.deepEqual(led.timeout(began + 1_000).did.slice(0, 1), ['advertise 70']);
});

test('an address that vanished is taken back and announced again', () => {
  const led = masterOf();
  led.input(nowOf(led) + 300, { type: 'addressLost' });
  assert.deepEqual(led.did, assertion());
  led.input(nowOf(led) + 1, { type: 'addressLost' });
  assert.deepEqual(led.did, [], 'somebody who keeps deleting it is answered ten times a second');
  assert.equal(asMaster(led.state).reassertPending, true);
});

test('addresses that cannot be held end its time at once', () => {
  const led = masterOf();
  led.input(nowOf(led) + 1, { type: 'effectFailed', effect: 'acquireAddresses', message: 'EPERM' });
  assert.deepEqual(led.did, ['advertise 0', 'releaseAddresses', 'master → fault: effect-failed']);
  const change = led.effects.at(-1);
  assert.ok(change?.type === 'stateChanged');
  assert.equal(change.detail, 'the addresses cannot be held: EPERM');
  assert.equal(led.remaining, seconds(10));
  assert.equal(asFault(led.state).cause, undefined);
});

test('announcing or releasing that fails is no reason to resign', () => {
  for (const effect of ['announceAddresses', 'releaseAddresses'] as const) {
    const led = masterOf();
    const before = led.router;
    led.input(nowOf(led), { type: 'effectFailed', effect, message: 'ENETDOWN' });
    assert.deepEqual(led.did, []);
    assert.deepEqual(led.router, before);
  }
});

function sendFails(led: Led, afterMs: number): Led {
  return led.input(nowOf(led) + afterMs, { type: 'effectFailed', effect: 'advertise', message: 'ENOBUFS' });
}

test('three advertisements in a row that cannot be sent end its time', () => {
  const led = masterOf();
  assert.deepEqual(sendFails(led, 0).did, []);
  assert.deepEqual(sendFails(led, 1_000).did, []);
  sendFails(led, 1_000);
  assert.deepEqual(led.did, ['advertise 0', 'releaseAddresses', 'master → fault: effect-failed']);
});

test('failures with a success between them do not add up', () => {
  const led = masterOf();
  for (let i = 0; i < 10; i++) assert.deepEqual(sendFails(led, 2_000).did, [], `failure ${i}`);
  assert.deepEqual(asMaster(led.state).sendFailures, { count: 1, lastAt: led.now });
});

test('a timer that runs a little late still counts failures in a row', () => {
  const led = masterOf({ advertisementInterval: milliseconds(100) });
  sendFails(led, 0);
  sendFails(led, 149);
  assert.equal(sendFails(led, 149).state.name, 'fault');
});

test('a re-assertion does not forget failures', () => {
  const led = masterOf();
  sendFails(led, 0);
  led.hear(nowOf(led) + 1, 50);
  assert.equal(asMaster(led.state).sendFailures?.count, 1);
});
