/** How long a node that came back leaves a lower master alone, and what cuts that short. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../src/lib/time.ts';
import { handOverSkew, masterDownInterval } from '../../src/vrrp/timing.ts';
import { asBackup, assertion, at, backupOf, Led, masterOf, ms, PEER, THIRD } from './support.ts';

const DOWN = masterDownInterval(3, 100, seconds(1));
const SHORT = handOverSkew(3, 100, seconds(1));
const DELAYED = { preemptDelay: seconds(60) };

/** Its lower master has been heard since 500 ms. */
function returned(changes: object = {}): Led {
  return new Led({ ...DELAYED, ...changes }).start().hear(500, 90);
}

test('the first lower priority starts the delay, and further ones do not prolong it', () => {
  const led = returned();
  assert.equal(led.deadline?.at, at(500) + DOWN, 'meanwhile it is a master like any other');
  for (let now = 1_500; now < 60_500; now += 1_000) led.hear(now, 90);
  assert.equal(led.deadline?.at, at(60_500));
  assert.equal(led.deadline?.reason, 'lower-priority');
  assert.deepEqual(led.wait().did, [...assertion(), 'backup → master: lower-priority']);
});

test('a delay shorter than the first wait changes nothing: it is never faster than without', () => {
  const led = new Led({ preemptDelay: ms(100) }).start().hear(500, 90).hear(1_500, 90);
  assert.equal(led.deadline?.at, DOWN);
});

test('an equal or higher priority ends it: when that master sinks, it is not we who come back', () => {
  for (const priority of [100, 200]) {
    const led = returned().hear(1_500, priority);
    assert.equal(asBackup(led.state).patience, undefined);
    assert.equal(led.hear(2_500, 90).remaining, SHORT);
  }
});

test('a master that sinks further, resigns or falls silent is not waited for', () => {
  assert.equal(returned().hear(1_500, 80).remaining, SHORT);
  assert.equal(returned().hear(1_500, 80).hear(1_501, 80).remaining, SHORT - ms(1), 'nor a second time');
  assert.equal(returned().hear(1_500, 0).remaining, SHORT);
  assert.equal(returned().wait().now, at(500) + DOWN);
});

test('a third router that resigns changes nothing', () => {
  assert.equal(returned().hear(1_500, 0, THIRD).deadline?.at, at(500) + DOWN);
});

test('the end of a fault begins it anew', () => {
  const led = backupOf(200, DELAYED).input(100, { type: 'fault', cause: 'down' });
  led.input(200, { type: 'faultCleared' }).hear(300, 90).hear(60_000, 90);
  assert.equal(led.deadline?.at, at(60_300));
});

test('a priority of our own that rises above the master begins it, one that rises further does not', () => {
  const led = backupOf(120, { ...DELAYED, priority: 90 }).retune(1_000, { priority: 150 });
  led.hear(1_500, 120).hear(60_000, 120);
  assert.equal(led.deadline?.at, at(61_500));
  led.retune(60_100, { priority: 160 });
  assert.equal(led.deadline?.at, at(61_500));
});

test('without a delay a priority that rises takes over with the next word of the master', () => {
  const led = backupOf(120, { priority: 90 }).retune(1_000, { priority: 150 }).hear(1_500, 120);
  assert.equal(led.remaining, handOverSkew(3, 150, seconds(1)));
});

test('a priority of our own that sinks below the master ends it', () => {
  const led = returned({ preemptDelay: ms(2_000) })
    .hear(3_500, 90)
    .retune(3_550, { priority: 80 });
  assert.equal(led.deadline?.reason, 'master-silent');
  assert.equal(led.remaining, masterDownInterval(3, 80, seconds(1)));
  assert.deepEqual(asBackup(led.state).master, { address: PEER, priority: 90 });
});

test('one that stepped down as master does not come back: the winner may sink at once', () => {
  const led = masterOf(DELAYED);
  const now = led.now / 1_000;
  assert.equal(led.hear(now, 200).hear(now + 100, 90).remaining, SHORT);
});

test('without preempt there is nothing to delay', () => {
  const led = returned({ preempt: false });
  assert.equal(asBackup(led.state).patience, undefined);
  assert.equal(led.hear(1_500, 90).remaining, DOWN);
});

test('rfc: as keepalived, whoever came back; then lower words are discarded and the timer runs out', () => {
  const led = returned({ timing: 'rfc' });
  for (let now = 1_500; now < 60_500; now += 1_000) assert.equal(led.hear(now, 90).remaining, DOWN);
  assert.equal(led.hear(60_500, 90).deadline?.at, at(59_500) + DOWN);
  const settled = backupOf(200, { ...DELAYED, timing: 'rfc' }).hear(1_000, 90);
  assert.equal(settled.remaining, DOWN, 'a master that sinks is left alone too');
  assert.equal(settled.hear(2_000, 200).hear(61_500, 90).remaining, DOWN, 'a higher one calls it off');
});

test('a fresh backup hands nothing back: it knows the lower master, and takes over when that one gives way', () => {
  const fresh = (): Led => new Led().start().hear(500, 90);
  assert.equal(fresh().hear(600, 1).remaining, SHORT, 'it yields');
  assert.equal(fresh().hear(600, 0).remaining, SHORT, 'it resigns');
  assert.equal(fresh().hear(1_500, 90).deadline?.at, DOWN, 'it only goes on');
});
