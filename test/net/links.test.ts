/** Following an interface in a real kernel: link up and down, carrier, addresses, deletion, renaming, lost events. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { followInterface, type LinkState } from '../../src/net/links.ts';
import { openRouteNetlink, type RouteNetlink } from '../../src/net/rtnetlink.ts';
import { holdsFor, waitFor } from '../support/wait.ts';
import { moduleUrl, runInChild } from './child.ts';
import { enterNewNetwork, indexOf, ip, makeCable, overflowEvents } from './namespace.ts';

const skip = enterNewNetwork();
const VIP = '198.18.51.100' as IpAddress;
const LEASE = 'valid_lft 60 preferred_lft 60';

describe('following an interface', { skip }, () => {
  let netlink: RouteNetlink;
  let unfollow: () => void;
  let states: (LinkState | undefined)[];

  const follow = (interfaceName: string): void => {
    states = [];
    netlink = openRouteNetlink(error => assert.fail(error));
    unfollow = followInterface({
      netlink,
      interfaceName,
      virtualAddresses: new Set([VIP]),
      onLink: state => states.push(state),
      onError: error => assert.fail(error),
    });
  };
  const reaches = (what: string, condition: (state: LinkState | undefined) => boolean): Promise<true> =>
    waitFor(() => states.length > 0 && condition(states.at(-1)), {
      what,
      deadlineMs: 3_000,
      everyMs: 1,
      context: () => JSON.stringify(states),
    });

  beforeEach(() => makeCable('near', 'far', '198.18.51.1/24'));
  afterEach(() => {
    unfollow();
    netlink.close();
    for (const name of ['near', 'far', 'renamed']) {
      try {
        ip(`link delete ${name}`);
      } catch {
        // It went with its other end, or with the test.
      }
    }
  });

  test('reads index, MAC and addresses first', async () => {
    ip('link set near address 02:00:00:00:00:51');
    follow('near');
    await reaches('the first state', () => true);
    const addresses = ['198.18.51.1' as IpAddress];
    assert.deepEqual(states, [
      {
        index: indexOf('near'),
        up: true,
        mac: '02:00:00:00:00:51',
        addresses,
        ofHost: new Set([...addresses, '127.0.0.1', '::1']),
      },
    ]);
  });

  test('sees the link go down and up, by the administrator and by the carrier', async t => {
    follow('near');
    await reaches('up', state => state?.up === true);
    const began = performance.now();
    ip('link set near down');
    await reaches('down', state => state?.up === false);
    t.diagnostic(`link down to notice, ip(8) included: ${(performance.now() - began).toFixed(1)} ms`);
    ip('link set near up');
    await reaches('up again', state => state?.up === true);
    ip('link set far down');
    await reaches('carrier lost', state => state?.up === false);
    assert.equal(states.at(-1)?.addresses[0], '198.18.51.1');
  });

  test('says undefined while the interface is not there, and follows the new one of that name', async () => {
    follow('near');
    await reaches('there', state => state !== undefined);
    ip('link delete near');
    await reaches('gone', state => state === undefined);
    makeCable('near', 'far', '198.18.51.2/24');
    await reaches('back', state => state?.up === true && state.addresses[0] === '198.18.51.2');
    assert.equal(states.at(-1)?.index, indexOf('near'));
  });

  test('waits for an interface that is renamed into being, with its addresses', async () => {
    follow('renamed');
    await reaches('not there', state => state === undefined);
    ip('link set near down');
    ip('link set near name renamed');
    await reaches('there', state => state?.addresses[0] === '198.18.51.1');
    ip('link set renamed name near');
    await reaches('gone', state => state === undefined);
  });

  test('is not confused by an interface that leaves a bridge', async () => {
    ip('link add bridge0 type bridge');
    try {
      follow('near');
      await reaches('there', state => state !== undefined);
      ip('link set near master bridge0');
      ip('link set near nomaster');
      ip('link set near down');
      await reaches('down', state => state?.up === false);
      assert.ok(states.every(state => state !== undefined));
    } finally {
      ip('link delete bridge0');
    }
  });

  test("never takes a leased virtual address for this host's own, but a DHCP address and an owner's", async () => {
    ip('address delete 198.18.51.1/24 dev near');
    ip(`address add ${VIP}/24 dev near ${LEASE}`);
    follow('near');
    await reaches('no address', state => state?.addresses.length === 0);
    ip(`address add 198.18.52.7/24 dev near ${LEASE}`);
    await reaches('the DHCP address', state => state?.addresses[0] === '198.18.52.7');
    ip('address delete 198.18.52.7/24 dev near');
    ip(`address replace ${VIP}/24 dev near`);
    await reaches("the owner's address", state => state?.addresses[0] === VIP);
  });

  test('reports changes only: a renewed lease is none', async () => {
    follow('near');
    await reaches('there', state => state !== undefined);
    for (let i = 0; i < 3; i++) ip(`address replace ${VIP}/24 dev near ${LEASE}`);
    ip(`address delete ${VIP}/24 dev near`);
    await holdsFor(() => states.length === 1, { what: 'one report', forMs: 50 });
  });

  test('knows the IPv6 addresses that can be a source, the oldest first, and waits for the others', async () => {
    ip(`address add fd00:198:18::100/64 dev near nodad ${LEASE}`);
    ip('address add fd00:198:18::7/64 dev near nodad');
    ip('address add fe80::51/64 dev near');
    follow('near');
    const fresh = states;
    await reaches('the link-local one', state => state?.addresses.includes('fe80::51' as IpAddress) === true);
    assert.deepEqual(fresh[0]?.addresses, ['198.18.51.1', 'fd00:198:18::100', 'fd00:198:18::7']);
    assert.equal(fresh.at(-1)?.addresses.length, 4);
  });

  test('reads again when events were lost', async () => {
    follow('near');
    await reaches('there', state => state?.addresses[0] === '198.18.51.1');
    ip('address add 198.18.51.2/32 dev near');
    ip('address delete 198.18.51.1/24 dev near');
    overflowEvents();
    await reaches('the second address', state => state?.addresses[0] === '198.18.51.2');
  });

  test('hears what comes after events were lost, however often that happens', async () => {
    follow('near');
    await reaches('there', state => state?.up === true);
    let resyncs = 0;
    netlink.subscribe(({ kind }) => {
      if (kind === 'resync') resyncs++;
    });
    for (let times = 1; times <= 2; times++) {
      overflowEvents();
      await waitFor(() => resyncs === times, { what: 'word of the loss', deadlineMs: 2_000, everyMs: 1 });
      ip('link set near down');
      await reaches('down', state => state?.up === false);
      ip('link set near up');
      await reaches('up again', state => state?.up === true);
    }
  });

  test('does not keep the process alive', async () => {
    follow('near');
    const { code, output } = await runInChild(`
      import { openRouteNetlink } from '${moduleUrl('net/rtnetlink')}';
      import { followInterface } from '${moduleUrl('net/links')}';
      const netlink = openRouteNetlink(console.error);
      const onLink = state => console.log(state.addresses[0]);
      followInterface({ netlink, interfaceName: 'near', virtualAddresses: new Set(), onLink, onError: console.error });`);
    assert.deepEqual({ code, output }, { code: 0, output: '198.18.51.1\n' });
  });

  test('an exception of a listener is uncaught, not lost', async () => {
    follow('near');
    const { code, output } = await runInChild(`
      import { openRouteNetlink } from '${moduleUrl('net/rtnetlink')}';
      const netlink = openRouteNetlink(console.error);
      process.on('uncaughtException', error => {
        console.log(error.message);
        clearTimeout(timer);
      });
      netlink.subscribe(() => {
        throw new Error('a fault of the listener');
      });
      const timer = setTimeout(() => {}, 5_000);
      await netlink.putAddress({ address: '198.18.51.50', prefixLength: 32 }, ${indexOf('near')}, 60, 'create');`);
    assert.deepEqual({ code, output }, { code: 0, output: 'a fault of the listener\n' });
  });
});
