/** IPv6 addresses, and an owner's permanent ones, in the kernel. What both families share is in addresses.test.ts. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { OperatingError } from '../../src/lib/errors.ts';
import { type Cidr, formatCidr, parseCidr } from '../../src/lib/ip-address.ts';
import { type AddressTable, openAddressTable } from '../../src/net/addresses.ts';
import { type Lease, openRouteNetlink, type RouteNetlink } from '../../src/net/rtnetlink.ts';
import { holdsFor, waitFor } from '../support/wait.ts';
import { enterNewNetwork, FOR_EVER_SECONDS, indexOf, ip, makeCable, validSeconds } from './namespace.ts';

const skip = enterNewNetwork();

const cidr = (text: string): Cidr => parseCidr(text) ?? assert.fail(text);
const VIP = cidr('198.18.51.100/24');
const VIP6 = cidr('fd00:198:18::100/64');

describe('addresses of both families', { skip }, () => {
  let netlink: RouteNetlink;
  let table: AddressTable;
  let index: number;
  let lost: string[];

  beforeEach(() => {
    makeCable('eth0', 'far', '198.18.51.1/24');
    ip('address add fd00:198:18::1/64 dev eth0 nodad');
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

  const codeOf = (start: (done: (error?: OperatingError) => void) => void): Promise<string | undefined> =>
    new Promise(resolve => start(error => resolve(error?.code)));
  const hold = (place: Cidr, lease: Lease): Promise<string | undefined> =>
    codeOf(done => table.hold(place, index, lease, done));
  const release = (place: Cidr): Promise<string | undefined> =>
    codeOf(done => table.release(place, index, done));

  test('IPv6: usable at once, no source, renewed, released; the network stays', async () => {
    assert.equal(await hold(VIP6, 60), undefined);
    const found = (await table.list()).find(({ address }) => address === VIP6.address);
    assert.deepEqual([found?.tentative, found?.validSeconds, found?.scope], [false, 60, 0]);
    assert.match(ip('-6 address show dev eth0'), /::100\/64 scope global nodad deprecated dynamic/);
    assert.equal(await hold(VIP6, 90), undefined);
    assert.ok((validSeconds(VIP6.address) ?? 0) > 80);
    assert.match(ip('-6 route get fd00:198:18::50'), /src fd00:198:18::1 /);
    assert.equal(await release(VIP6), undefined);
    assert.equal(validSeconds(VIP6.address), undefined);
    assert.match(ip('-6 route show dev eth0'), /^fd00:198:18::\/64 proto kernel metric 256 pref/m);
    assert.deepEqual(lost, []);
  });

  test('IPv6: the lease ends by itself, and the network of the permanent address stays', async () => {
    await hold(VIP6, 1);
    await waitFor(() => lost.length > 0, { what: 'the lease ends', deadlineMs: 2_500, everyMs: 5 });
    assert.deepEqual(lost, ['fd00:198:18::100/64']);
    assert.match(ip('-6 route show dev eth0'), /^fd00:198:18::\/64 proto kernel metric 256 pref/m);
  });

  test('IPv6: a permanent one is left alone, whatever its prefix length', async () => {
    ip('address add fd00:198:18::100/128 dev eth0 nodad');
    assert.equal(await hold(VIP6, 5), 'EEXIST');
    assert.equal(await release(VIP6), undefined);
    assert.equal(validSeconds(VIP6.address), FOR_EVER_SECONDS);
  });

  test('IPv6: where it is disabled it cannot be held', async () => {
    ip('link set eth0 down');
    ip('link set eth0 mtu 1000');
    assert.notEqual(await hold(VIP6, 5), undefined);
    assert.equal(await hold(VIP, 5), undefined);
  });

  test('sweeps leftovers of either family', async () => {
    ip('address add fd00:198:18::100/128 dev eth0 nodad valid_lft 60 preferred_lft 0');
    ip('address add 198.18.51.100/32 dev eth0 valid_lft 60 preferred_lft 60');
    const swept = await table.sweep([VIP, VIP6], index);
    assert.deepEqual(swept.map(formatCidr).sort(), ['198.18.51.100/32', 'fd00:198:18::100/128']);
  });

  for (const place of [VIP, VIP6]) {
    test(`an owner's ${formatCidr(place)} is permanent, and removed at release`, async () => {
      assert.equal(await hold(place, 'permanent'), undefined);
      assert.equal(await hold(place, 'permanent'), undefined);
      assert.equal(validSeconds(place.address), FOR_EVER_SECONDS);
      await holdsFor(() => lost.length === 0, { what: 'nothing lost', forMs: 50 });
      assert.deepEqual(await table.sweep([place], index), []);
      assert.equal(await release(place), undefined);
      assert.equal(validSeconds(place.address), undefined);
      assert.deepEqual(lost, []);
    });

    test(`an owner's ${formatCidr(place)} that was there before stays as it is`, async () => {
      ip(`address add ${formatCidr(place)} dev eth0`);
      assert.equal(await hold(place, 'permanent'), undefined);
      assert.equal(await release(place), undefined);
      assert.equal(validSeconds(place.address), FOR_EVER_SECONDS);
    });

    test(`an owner makes a leased leftover of ${formatCidr(place)} its own, and notices a loss`, async () => {
      ip(`address add ${formatCidr(place)} dev eth0 valid_lft 60 preferred_lft 0`);
      assert.equal(await hold(place, 'permanent'), undefined);
      assert.equal(validSeconds(place.address), FOR_EVER_SECONDS);
      ip(`address delete ${formatCidr(place)} dev eth0`);
      await waitFor(() => lost.length > 0, { what: 'the loss', deadlineMs: 1_000, everyMs: 1 });
      assert.equal(await hold(place, 'permanent'), undefined);
      assert.equal(validSeconds(place.address), FOR_EVER_SECONDS);
      assert.equal(await release(place), undefined);
      assert.equal(validSeconds(place.address), undefined);
    });
  }
});
