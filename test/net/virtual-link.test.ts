/** Macvlans with a virtual MAC in a real kernel: made, raised, lowered, taken away, swept, and strangers left alone. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { OperatingError } from '../../src/lib/errors.ts';
import type { MacAddress } from '../../src/lib/mac-address.ts';
import { ArpRestraint } from '../../src/net/arp-restraint.ts';
import { type LinkNetlink, openRouteNetlink, type RouteNetlink } from '../../src/net/rtnetlink.ts';
import { sweepVirtualLinks, VirtualLink, type VirtualLinkOptions } from '../../src/net/virtual-link.ts';
import { virtualMac } from '../../src/vrrp/virtual-mac.ts';
import { waitFor } from '../support/wait.ts';
import { enterNewNetwork, indexOf, ip, makeCable } from './namespace.ts';

const skip = enterNewNetwork();
const OWNER = '/run/locum/locum.sock';
const MAC = virtualMac(4, 51);

interface Shown {
  readonly ifname: string;
  readonly address: string;
  readonly flags: readonly string[];
  readonly ifalias?: string;
}

function shown(name: string): Shown | undefined {
  return (JSON.parse(ip('-json link show')) as Shown[]).find(({ ifname }) => ifname === name);
}

describe('a macvlan with the virtual MAC', { skip }, () => {
  let netlink: RouteNetlink & LinkNetlink;
  let restraint: ArpRestraint;
  let disturbed: number;

  const linkWith = (options: Partial<VirtualLinkOptions> = {}): VirtualLink =>
    new VirtualLink({
      netlink,
      restraint,
      name: 'vrrp.51',
      mac: MAC,
      owner: OWNER,
      families: new Set([4]),
      onDisturbed: () => {
        disturbed += 1;
      },
      onWarning: () => {},
      ...options,
    });
  const parent = () => ({ name: 'eth0', index: indexOf('eth0') });
  const arp = async (): Promise<readonly (number | undefined)[]> => {
    const link = await netlink.readLinkDetails('eth0');
    return [link?.ipv4?.arpIgnore, link?.ipv4?.arpAnnounce];
  };
  const refusal = (code: string) => (error: OperatingError) => error.code === code;

  beforeEach(() => {
    makeCable('eth0', 'far', '198.18.51.1/24');
    netlink = openRouteNetlink(error => assert.fail(error));
    restraint = new ArpRestraint(netlink);
    disturbed = 0;
  });

  afterEach(() => {
    netlink.close();
    ip('link delete eth0');
  });

  test('is made down, signed, raised, lowered and removed; the parent gets back what it had', async () => {
    const link = linkWith();
    await link.make(parent());
    assert.equal(shown('vrrp.51')?.address, MAC);
    assert.equal(shown('vrrp.51')?.flags.includes('UP'), false);
    assert.equal(shown('vrrp.51')?.ifalias, `locum at ${OWNER} (eth0 had arp_ignore 0, arp_announce 0)`);
    assert.deepEqual((await netlink.readLinkDetails('vrrp.51'))?.ipv4, {
      arpIgnore: 1,
      arpAnnounce: 0,
      rpFilter: 2,
    });
    assert.deepEqual(await arp(), [1, 2]);
    assert.equal(link.index, indexOf('vrrp.51'));
    await link.raise();
    assert.equal(shown('vrrp.51')?.flags.includes('UP'), true);
    await link.lower();
    assert.equal(shown('vrrp.51')?.flags.includes('UP'), false);
    await link.make(parent());
    assert.equal(link.index, indexOf('vrrp.51'));
    await link.remove();
    assert.equal(shown('vrrp.51'), undefined);
    assert.deepEqual(await arp(), [0, 0]);
    assert.equal(disturbed, 0);
  });

  test('is told when somebody takes it down or away, and is made good by the next call', async () => {
    const link = linkWith();
    await link.make(parent());
    await link.raise();
    ip('link set vrrp.51 down');
    await waitFor(() => disturbed === 1, { what: 'the news', deadlineMs: 2_000 });
    await link.raise();
    assert.equal(shown('vrrp.51')?.flags.includes('UP'), true);
    ip('link delete vrrp.51');
    await waitFor(() => disturbed === 2, { what: 'the news', deadlineMs: 2_000 });
    await assert.rejects(link.raise(), refusal('ENODEV'));
    await link.make(parent());
    await link.raise();
    assert.equal(shown('vrrp.51')?.flags.includes('UP'), true);
    await link.remove();
  });

  test('does not take what is not ours, and says whose it is', async () => {
    const link = linkWith();
    for (const kind of ['type bridge', 'link eth0 type macvlan']) {
      ip(`link add vrrp.51 ${kind}`);
      await assert.rejects(link.make(parent()), (error: OperatingError) => {
        assert.equal(error.code, 'EEXIST');
        assert.match(error.message, /vrrp\.51 is there already, a (bridge|macvlan), and it is not Locum's/);
        return true;
      });
      ip('link delete vrrp.51');
    }
    // Another daemon's, signed by it.
    ip(`link add vrrp.51 link eth0 address ${MAC} type macvlan`);
    ip('link set vrrp.51 alias locum_at_/elsewhere');
    await assert.rejects(link.make(parent()), refusal('EEXIST'));
    ip('link delete vrrp.51');
    // One that a killed process made and could not sign.
    ip(`link add vrrp.51 link eth0 address ${MAC} type macvlan`);
    await link.make(parent());
    await link.remove();
  });

  test('says why a parent takes none', async () => {
    ip('link add bridge0 type bridge');
    ip('link set eth0 master bridge0');
    await assert.rejects(linkWith().make(parent()), (error: OperatingError) =>
      /^eth0 takes no macvlan, as the port of a bridge/.test(error.message),
    );
    ip('link delete bridge0');
    await assert.rejects(linkWith().make({ name: 'lo', index: 1 }), refusal('EINVAL'));
    await assert.rejects(linkWith().make({ name: 'gone', index: 4711 }), refusal('ENODEV'));
  });

  test('two of one MAC on one wire cannot be up at once', async () => {
    const one = linkWith();
    const two = linkWith({ name: 'other' });
    await one.make(parent());
    await two.make(parent());
    await one.raise();
    await assert.rejects(two.raise(), /another macvlan on the same hardware is up with 00:00:5e:00:01:33/);
    await one.lower();
    await two.raise();
    await Promise.all([one.remove(), two.remove()]);
  });

  test('a sweep takes what a former run of the same owner left, and nothing else', async () => {
    ip('link set eth0 down');
    ip('link set eth0 up');
    await linkWith().make(parent());
    await linkWith({ name: 'web', mac: virtualMac(4, 52) }).make(parent());
    await linkWith({ name: 'theirs', mac: virtualMac(4, 53), owner: '/run/other.sock' }).make(parent());
    ip('link add stranger link eth0 type macvlan');
    assert.deepEqual([...(await sweepVirtualLinks(netlink, OWNER))].sort(), ['vrrp.51', 'web']);
    assert.deepEqual(
      ['vrrp.51', 'web', 'theirs', 'stranger'].map(name => shown(name) !== undefined),
      [false, false, true, true],
    );
    assert.deepEqual(await arp(), [0, 0]);
  });

  test('the parent gets back what it had with the last of its own, whoever lies elsewhere', async () => {
    makeCable('eth1', 'beyond', '198.18.52.1/24');
    try {
      const [one, two, elsewhere] = [
        linkWith(),
        linkWith({ name: 'web', mac: virtualMac(4, 52) }),
        linkWith({ name: 'other', mac: virtualMac(4, 53) }),
      ];
      await one.make(parent());
      await two.make(parent());
      await elsewhere.make({ name: 'eth1', index: indexOf('eth1') });
      await one.remove();
      assert.deepEqual(await arp(), [1, 2]);
      await two.remove();
      assert.deepEqual(await arp(), [0, 0]);
      assert.equal((await netlink.readLinkDetails('eth1'))?.ipv4?.arpIgnore, 1);
      await elsewhere.remove();
    } finally {
      ip('link delete eth1');
    }
  });

  test('what somebody has set meanwhile stays', async () => {
    const holder = {};
    await restraint.hold('eth0', parent().index, holder);
    await netlink.changeLink(parent().index, { ipv4: { arpIgnore: 2 } });
    await restraint.release('eth0', holder);
    assert.deepEqual(await arp(), [2, 0]);
  });

  test('255 of them are made, raised and removed without holding up the event loop', async t => {
    const links = Array.from({ length: 255 }, (_, i) =>
      linkWith({ name: `vrrp.${i + 1}`, mac: virtualMac(4, i + 1) as MacAddress }),
    );
    for (const [what, operation] of [
      ['make', (link: VirtualLink) => link.make(parent())],
      ['raise', (link: VirtualLink) => link.raise()],
      ['remove', (link: VirtualLink) => link.remove()],
    ] as const) {
      const place = parent();
      const began = performance.now();
      let worst = 0;
      let last = began;
      const watch = setInterval(() => {
        worst = Math.max(worst, performance.now() - last);
        last = performance.now();
      }, 1);
      await Promise.all(links.map(link => (what === 'make' ? link.make(place) : operation(link))));
      clearInterval(watch);
      const took = performance.now() - began;
      t.diagnostic(
        `${what} of 255: ${took.toFixed(0)} ms, the event loop held up for ${worst.toFixed(0)} ms at most`,
      );
    }
    assert.equal(
      (await netlink.listLinks()).some(({ kind }) => kind === 'macvlan'),
      false,
    );
  });
});
