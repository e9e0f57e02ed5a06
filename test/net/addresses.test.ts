/** Addresses with a lease in a real kernel: held, renewed, released, swept, lost, and the permanent ones left alone. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { OperatingError } from '../../src/lib/errors.ts';
import { type Cidr, formatCidr, parseCidr } from '../../src/lib/ip-address.ts';
import { type AddressTable, openAddressTable } from '../../src/net/addresses.ts';
import { openRouteNetlink, type RouteNetlink } from '../../src/net/rtnetlink.ts';
import { holdsFor, waitFor } from '../support/wait.ts';
import {
  enterNewNetwork,
  FOR_EVER_SECONDS,
  indexOf,
  ip,
  makeCable,
  overflowEvents,
  validSeconds,
} from './namespace.ts';

const skip = enterNewNetwork();

function cidr(text: string): Cidr {
  return parseCidr(text) ?? assert.fail(text);
}

const VIP = cidr('198.18.51.100/24');
const OTHER = cidr('198.18.51.101/32');

describe('the address table', { skip }, () => {
  let netlink: RouteNetlink;
  let table: AddressTable;
  let index: number;
  let lost: string[];

  beforeEach(() => {
    makeCable('eth0', 'far', '198.18.51.1/24');
    index = indexOf('eth0');
    lost = [];
    netlink = openRouteNetlink(error => assert.fail(error));
    table = openAddressTable({
      netlink,
      onLost: place => lost.push(formatCidr(place)),
      onError: error => assert.fail(error),
    });
  });

  afterEach(() => {
    table.close();
    netlink.close();
    ip('link delete eth0');
  });

  /** Until an event of our own making has come, and all before it. */
  const eventsArrive = (): Promise<true> => {
    let arrived = false;
    netlink.subscribe(event => {
      arrived ||= event.kind === 'address' && event.address.address === OTHER.address;
    });
    void netlink.putAddress(OTHER, index, 60, 'create');
    return waitFor(() => arrived, { what: 'events arrive', deadlineMs: 1_000, everyMs: 1 });
  };
  const codeOf = (start: (done: (error?: OperatingError) => void) => void): Promise<string | undefined> =>
    new Promise(resolve => start(error => resolve(error?.code)));
  const hold = (place: Cidr, leaseSeconds: number, on = index): Promise<string | undefined> =>
    codeOf(done => table.hold(place, on, leaseSeconds, done));
  const release = (place: Cidr, on = index): Promise<string | undefined> =>
    codeOf(done => table.release(place, on, done));

  test('holds an address with the lease as its lifetime, beside the primary one', async () => {
    assert.equal(await hold(VIP, 60), undefined);
    const found = (await table.list()).find(({ address }) => address === VIP.address);
    const { interfaceIndex, scope, secondary, validSeconds: lease } = found ?? assert.fail('it is not there');
    assert.deepEqual([interfaceIndex, scope, secondary, lease], [index, 0, true, 60]);
    assert.equal(validSeconds('198.18.51.1'), FOR_EVER_SECONDS);
  });

  test('loses the address when the lease ends, within half a second, and says so', async t => {
    await hold(VIP, 2);
    const began = performance.now();
    await waitFor(() => lost.length > 0, { what: 'the lease ends', deadlineMs: 2_500, everyMs: 5 });
    const seconds = (performance.now() - began) / 1_000;
    t.diagnostic(`a lease of 2 s ended after ${seconds.toFixed(2)} s`);
    assert.ok(seconds > 1.5);
    assert.deepEqual(lost, ['198.18.51.100/24']);
    assert.equal(validSeconds('198.18.51.100'), undefined);
  });

  test('keeps the address as long as the lease is renewed', async () => {
    const renewAndLook = async (): Promise<boolean> =>
      (await hold(VIP, 2)) === undefined && validSeconds('198.18.51.100') !== undefined;
    await holdsFor(renewAndLook, { what: 'the address stays', forMs: 3_500, everyMs: 300 });
    assert.deepEqual(lost, []);
  });

  test('releases an address, and what is gone already is released', async () => {
    await hold(VIP, 60);
    assert.equal(await release(VIP), undefined);
    assert.equal(validSeconds('198.18.51.100'), undefined);
    assert.equal(await release(VIP), undefined);
    assert.equal(await release(VIP, 9_999), undefined);
    assert.deepEqual(lost, []);
  });

  test('runs operations on one address in order, whatever each has to find out', async () => {
    ip('address add 198.18.51.100/24 dev eth0 valid_lft 60 preferred_lft 60');
    const results = [hold(VIP, 30), release(VIP), hold(VIP, 40), release(VIP)];
    assert.deepEqual(await Promise.all(results), [undefined, undefined, undefined, undefined]);
    assert.equal(validSeconds('198.18.51.100'), undefined);
    assert.deepEqual(lost, []);
  });

  test('takes over what a former run left behind with a lease', async () => {
    ip('address add 198.18.51.100/24 dev eth0 valid_lft 9 preferred_lft 9');
    assert.equal(await hold(VIP, 60), undefined);
    assert.ok((validSeconds('198.18.51.100') ?? 0) > 50);
  });

  test('never turns a permanent address into a leased one, and never releases it', async () => {
    ip('address add 198.18.51.100/24 dev eth0');
    assert.equal(await hold(VIP, 5), 'EEXIST');
    assert.equal(await hold(VIP, 5), 'EEXIST');
    assert.equal(await release(VIP), undefined);
    assert.equal(validSeconds('198.18.51.100'), FOR_EVER_SECONDS);
  });

  test('gives way when somebody makes a held address permanent', async () => {
    await hold(VIP, 60);
    ip('address replace 198.18.51.100/24 dev eth0');
    await eventsArrive();
    assert.equal(await hold(VIP, 60), 'EEXIST');
    assert.equal(await release(VIP), undefined);
    assert.equal(validSeconds('198.18.51.100'), FOR_EVER_SECONDS);
  });

  test('sweeps leased leftovers among its own addresses only, and no permanent one', async () => {
    ip('address add 198.18.51.100/32 dev eth0 valid_lft 60 preferred_lft 60');
    ip('address add 198.18.51.101/32 dev eth0');
    ip('address add 198.18.51.102/32 dev eth0 valid_lft 60 preferred_lft 60');
    const swept = await table.sweep([VIP, OTHER], index);
    assert.deepEqual(swept, [cidr('198.18.51.100/32')]);
    assert.equal(validSeconds('198.18.51.100'), undefined);
    assert.equal(validSeconds('198.18.51.101'), FOR_EVER_SECONDS);
    assert.notEqual(validSeconds('198.18.51.102'), undefined);
  });

  test('notices that somebody deletes a held address, and only then', async t => {
    await hold(VIP, 60);
    await hold(OTHER, 60);
    await release(OTHER);
    const began = performance.now();
    await netlink.deleteAddress(VIP, index);
    await waitFor(() => lost.length > 0, { what: 'the loss', deadlineMs: 1_000, everyMs: 1 });
    t.diagnostic(`deletion to notice: ${(performance.now() - began).toFixed(2)} ms`);
    assert.deepEqual(lost, ['198.18.51.100/24']);
    assert.equal(await hold(VIP, 60), undefined);
    assert.notEqual(validSeconds('198.18.51.100'), undefined);
  });

  test('an address that is released and held again at once is not lost', async () => {
    await hold(VIP, 60);
    for (let i = 0; i < 50; i++) await Promise.all([release(VIP), hold(VIP, 60)]);
    await holdsFor(() => lost.length === 0, { what: 'nothing lost', forMs: 50 });
  });

  test('notices the loss when the events about it were lost', async () => {
    await hold(VIP, 60);
    // While these run, nobody reads the event socket: its buffer overflows.
    ip('address delete 198.18.51.100/24 dev eth0');
    overflowEvents();
    await waitFor(() => lost.length > 0, { what: 'the loss', deadlineMs: 2_000, everyMs: 1 });
    assert.deepEqual(lost, ['198.18.51.100/24']);
    await hold(OTHER, 60);
    await netlink.deleteAddress(OTHER, index);
    await waitFor(() => lost.length > 1, { what: 'the loss after it', deadlineMs: 2_000, everyMs: 1 });
    assert.deepEqual(lost.slice(1), ['198.18.51.101/32']);
  });

  test('says ENODEV for an interface that is gone, and reports its addresses as lost', async () => {
    ip('link add eth1 type bridge');
    const gone = indexOf('eth1');
    await hold(OTHER, 60, gone);
    ip('link delete eth1');
    await waitFor(() => lost.length > 0, { what: 'the loss', deadlineMs: 1_000, everyMs: 1 });
    assert.equal(await hold(OTHER, 60, gone), 'ENODEV');
    assert.equal(await release(OTHER, gone), undefined);
  });

  test('holds and releases 255 addresses quickly', async t => {
    const many = Array.from({ length: 255 }, (_, i) => cidr(`198.18.60.${i}/32`));
    for (const [what, operation] of [
      ['hold', (place: Cidr) => hold(place, 60)],
      ['renew', (place: Cidr) => hold(place, 60)],
      ['release', (place: Cidr) => release(place)],
    ] as const) {
      const began = performance.now();
      const results = await Promise.all(many.map(operation));
      t.diagnostic(`${what} of 255: ${((performance.now() - began) / 255).toFixed(3)} ms each`);
      assert.ok(results.every(code => code === undefined));
    }
  });
});
