/** What members of a sync group do as routers, and what the group makes of where they stand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import type { Router } from '../../src/vrrp/state.ts';
import { faultOf, type Member, mayRise, ordersFor } from '../../src/vrrp/sync-group.ts';
import { masterDownInterval } from '../../src/vrrp/timing.ts';
import { asBackup, assertion, backupOf, ip, Led, ms } from './support.ts';

const JOINT: Partial<Parameters> = { joint: true };
const DOWN = masterDownInterval(3, 100, seconds(1));

const ready = (changes: Partial<Parameters> = {}): Led => backupOf(200, { ...JOINT, ...changes }).wait();
const risen = (changes: Partial<Parameters> = {}): Led => {
  const led = ready(changes);
  return led.input(led.now / 1_000, { type: 'rise' });
};
const faulty = (): Led => backupOf(200, JOINT).input(10, { type: 'fault', cause: 'down' });

function member(name: string, { router }: { readonly router: Router }, fault?: string): Member {
  return { name, router, fault };
}

test('a member whose timer runs out says nothing, waits for leave, and then is master at once', () => {
  const led = ready();
  assert.deepEqual(led.did, []);
  assert.equal(led.deadline, undefined);
  led.input(led.now / 1_000 + 9_000, { type: 'rise' });
  assert.deepEqual(led.did, [...assertion(), 'backup → master: master-silent']);
});

test('leave without need does nothing', () => {
  assert.deepEqual(backupOf(200, JOINT).input(1, { type: 'rise' }).did, []);
});

test('a master that is heard again, or outranks us, ends the wait for leave; a lower one does not', () => {
  const now = ready().now / 1_000;
  assert.equal(asBackup(ready().hear(now + 1, 200).state).isReady, false);
  assert.equal(asBackup(ready().hear(now + 1, 90).state).isReady, true);
  assert.equal(asBackup(ready().hear(now + 1, 0).state).isReady, true);
  assert.equal(asBackup(ready({ preempt: false }).hear(now + 1, 90).state).isReady, false);
  assert.equal(asBackup(ready().retune(now + 1, { priority: 50 }).state).isReady, true);
});

test('an owner is ready from the start, and after a fault', () => {
  const led = new Led({ ...JOINT, priority: 255 }).start();
  assert.deepEqual(led.did, ['init → backup: startup']);
  assert.deepEqual(led.input(0, { type: 'rise' }).did.at(-1), 'backup → master: master-silent');
  led.input(10, { type: 'fault', cause: 'down' }).input(20, { type: 'faultCleared' });
  assert.equal(asBackup(led.state).isReady, true);
});

test('a master that the group takes down resigns, and waits longer by its own time', () => {
  const led = risen();
  led.input(led.now / 1_000, { type: 'stepDown', detail: 'a did', wait: ms(40) });
  assert.deepEqual(led.did, ['advertise 0', 'releaseAddresses', 'master → backup: sync-group']);
  assert.equal(led.remaining, DOWN + ms(40));
});

test('only a master steps down', () => {
  const led = backupOf(200, JOINT);
  assert.deepEqual(led.input(1, { type: 'stepDown', detail: '', wait: ms(0) }).did, []);
});

test('all rise when all are ready, and not before', () => {
  assert.ok(mayRise([member('a', ready()), member('b', ready())]));
  for (const other of [backupOf(200, JOINT), faulty(), new Led(JOINT), risen()])
    assert.ok(!mayRise([member('a', ready()), member('b', other)]));
});

test('who is master while another is not must step down', () => {
  const masters = [member('a', risen()), member('b', risen())];
  assert.deepEqual(ordersFor('g', masters), []);
  assert.deepEqual(ordersFor('g', [member('a', ready()), member('b', backupOf(200, JOINT))]), []);
  for (const other of [backupOf(200, JOINT), new Led(JOINT)]) {
    const orders = ordersFor('g', [...masters, member('c', other)]);
    assert.deepEqual(
      orders.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.match(orders[0]?.input.detail ?? '', /^sync group g: c is (backup|init)$/);
  }
});

test('a fault comes to all at once by itself: nobody steps down before', () => {
  assert.deepEqual(ordersFor('g', [member('a', risen()), member('b', faulty(), 'eth1 is down')]), []);
});

test("one member's fault is every other's, with its name; a fault of one's own is not blamed on oneself", () => {
  const [a, b, c] = [member('a', risen()), member('b', faulty(), 'eth1 is down'), member('c', risen())];
  assert.equal(faultOf('g', a, [a, b, c]), 'sync group g: b: eth1 is down');
  assert.equal(faultOf('g', b, [a, b, c]), undefined);
  assert.equal(faultOf('g', a, [a, c]), undefined);
});

test('two nodes wait for different times, whatever they call their routers', () => {
  const waitOf = (lead: string, other: string, names: readonly [string, string]): number => {
    const own = member(names[0], risen({ vrid: 7, primaryAddress: ip(other) }));
    const away = member(names[1], backupOf(200, { ...JOINT, vrid: 5, primaryAddress: ip(lead) }));
    return ordersFor('g', [own, away])[0]?.input.wait ?? -1;
  };
  assert.equal(waitOf('198.18.0.1', '198.18.1.2', ['x', 'y']), milliseconds(4));
  assert.equal(waitOf('198.18.0.2', '198.18.1.1', ['b', 'a']), milliseconds(8));
  assert.equal(waitOf('fe80::ff', 'fe80::1', ['b', 'a']), milliseconds(1_020));
});
