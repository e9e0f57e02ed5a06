/**
 * The virtual router's own MAC (RFC 9568 §7.3) on a LAN of namespaces: clients know the virtual address by one MAC whoever is master,
 * near and behind a gateway, and no frame of a backup comes from it.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dissect } from '../support/capture.ts';
import { type Host, macOf, onLan } from '../support/lan.ts';
import { VIP } from '../support/node.ts';
import { monotonicUs, Observer } from '../support/observer.ts';
import { becomesMaster, isUp, linkOf, neighbourOf, startVmacNode, VMAC, VMAC_NAME } from '../support/vmac.ts';
import { waitFor } from '../support/wait.ts';

const DEADLINE_MS = 10_000;
const VMAC_6 = '00:00:5e:00:02:33';
const NAME_6 = 'vrrp6.51';

/** An answer of nginx to a request from an address of the host. */
async function fetches(host: Host, source: string): Promise<boolean> {
  const program = `require('http').get({host:'${VIP}',localAddress:'${source}',timeout:2000},r=>process.exit(r.statusCode?0:1)).on('timeout',()=>process.exit(1)).on('error',()=>process.exit(1))`;
  return (await host.inside.exec(process.execPath, ['-e', program])).code === 0;
}

/** Every advert comes from the virtual MAC, but for a resignation after the addresses are gone; and nothing else does than ARP. */
async function assertFrames(file: string, hosts: readonly Host[]): Promise<void> {
  const macs = await Promise.all(hosts.map(macOf));
  const fields = ['eth.src', 'vrrp.prio', 'frame.protocols', 'ip.checksum.status'] as const;
  const frames = await dissect(file, fields, {
    filter: `vrrp || eth.src == ${VMAC}`,
    preferences: { 'ip.check_checksum': 'TRUE' },
  });
  const adverts = frames.filter(frame => frame['vrrp.prio'] !== '');
  assert.ok(adverts.length > 10, `${adverts.length} advertisements`);
  for (const advert of adverts) {
    const isLate = advert['vrrp.prio'] === '0' && macs.includes(advert['eth.src']);
    assert.ok(advert['eth.src'] === VMAC || isLate, JSON.stringify(advert));
    assert.equal(advert['ip.checksum.status'], '1');
  }
  const others = frames.filter(frame => frame['vrrp.prio'] === '').map(frame => frame['frame.protocols']);
  assert.deepEqual([...new Set(others)], ['eth:ethertype:arp']);
}

async function assertOneMacAnswers(file: string): Promise<void> {
  const arp = await dissect(file, ['arp.src.hw_mac'], { filter: `arp.src.proto_ipv4 == ${VIP}` });
  assert.deepEqual([...new Set(arp.map(frame => frame['arp.src.hw_mac']))], [VMAC]);
}

describe('the virtual MAC', { concurrency: 2 }, () => {
  test('stays the same for a client through takeover and hand-over', () =>
    onLan(async lan => {
      const capture = await lan.capture(`arp or ip proto 112 or ether src ${VMAC}`);
      const one = await startVmacNode(lan, 'one', 1, { priority: 150 });
      const two = await startVmacNode(lan, 'two', 2, { priority: 100 });
      const client = await lan.host('client', '198.18.51.9/24');
      await becomesMaster(one);
      const seen = await Observer.start(client, { address: VIP });
      await seen.answerOf('one', 0, DEADLINE_MS);
      assert.equal(await neighbourOf(client), VMAC);
      assert.equal(await isUp(two.host), false);

      let since = monotonicUs();
      one.daemon.signal('SIGKILL');
      await becomesMaster(two);
      await seen.answerOf('two', since, DEADLINE_MS);
      assert.equal(await neighbourOf(client), VMAC);

      since = monotonicUs();
      await one.startDaemon();
      await becomesMaster(one);
      await seen.answerOf('one', since, DEADLINE_MS);
      assert.equal(await neighbourOf(client), VMAC);
      await waitFor(async () => !(await isUp(two.host)), { what: 'two is down', deadlineMs: DEADLINE_MS });

      // What a master asks on its own behalf must not teach a client another MAC.
      await one.host.inside.run('ip', ['neighbour', 'flush', 'dev', 'eth0']);
      const what = 'one knows the client';
      await waitFor(() => neighbourOf(one.host, '198.18.51.9'), { what, deadlineMs: DEADLINE_MS });
      assert.equal(await neighbourOf(client), VMAC);

      since = monotonicUs();
      await one.daemon.stop();
      await becomesMaster(two);
      await seen.answerOf('two', since, DEADLINE_MS);
      await seen.stop();
      await capture.stop();
      await assertOneMacAnswers(capture.file);
      await assertFrames(capture.file, [one.host, two.host]);
    }));

  test('a backup says nothing from it and takes nothing in, whatever its kernel would like to', () =>
    onLan(async lan => {
      const one = await startVmacNode(lan, 'one', 1, { priority: 150 });
      await becomesMaster(one);
      const capture = await lan.capture(`ether src ${VMAC}`);
      const two = await startVmacNode(lan, 'two', 2, { priority: 100 });
      const forward = ['net.ipv6.conf.all.forwarding=1', 'net.ipv4.ip_forward=1'];
      await two.host.inside.run('sysctl', ['-qw', ...forward]);
      await two.becomes('backup');
      const { advertsSent } = (await one.router()).counters;
      await waitFor(async () => (await one.router()).counters.advertsSent > advertsSent + 20, {
        what: 'two seconds',
        deadlineMs: DEADLINE_MS,
      });
      assert.equal(await isUp(two.host), false);
      await capture.stop();
      const frames = await dissect(capture.file, ['ip.src', 'arp.src.proto_ipv4']);
      const senders = frames.map(frame => frame['ip.src'] || frame['arp.src.proto_ipv4']);
      assert.deepEqual(
        [...new Set(senders)].filter(sender => sender !== VIP),
        ['198.18.51.1'],
      );
    }));

  test('serves clients near and behind a gateway, with strict filters and one route', () =>
    onLan(async lan => {
      const client = await lan.host('client', '198.18.51.9/24');
      await client.inside.run('ip', ['address', 'add', '198.19.0.1/32', 'dev', 'lo']);
      const one = await startVmacNode(lan, 'one', 1, { priority: 150 });
      const { inside } = one.host;
      await inside.run('ip', ['route', 'add', '198.19.0.0/24', 'via', '198.18.51.9']);
      await inside.run('sysctl', ['-qw', 'net.ipv4.conf.all.rp_filter=1', 'net.ipv4.conf.eth0.rp_filter=1']);
      await becomesMaster(one);
      assert.ok(await fetches(client, '198.18.51.9'));
      assert.ok(await fetches(client, '198.19.0.1'));
      assert.equal(await neighbourOf(client), VMAC);
      assert.equal(await inside.run('ip', ['route', 'show', 'dev', VMAC_NAME]), '');
      const [held] = (await linkOf(one.host))?.addr_info ?? [];
      assert.deepEqual([held?.local, held?.prefixlen], [VIP, 32]);
      const { vips, vmac } = await one.router();
      assert.equal(vips[0]?.present, true);
      assert.deepEqual(vmac, { interface: VMAC_NAME, mac: VMAC, present: true, up: true });
      assert.match((await one.locum('status')).stdout, /vmac +00:00:5e:00:01:33 on vrrp\.51, up/);
    }));

  test('over IPv6 it is another, neighbours are told it, and nothing is made of it', () =>
    onLan(async lan => {
      const vip = 'fd00:198:18::100';
      const router = { vip: ['fe80::51/64', `${vip}/64`] };
      const [one, two] = await Promise.all([
        startVmacNode(lan, 'one', 1, { priority: 150, router }),
        startVmacNode(lan, 'two', 2, { priority: 100, router }),
      ]);
      const client = await lan.host('client', '198.18.51.9/24');
      const own = [one.host, two.host, client].map((host, i) =>
        host.inside.run('ip', ['address', 'add', `fd00:198:18::${i + 1}/64`, 'dev', 'eth0', 'nodad']),
      );
      await Promise.all(own);
      const capture = await lan.capture(`ip6 proto 112 or ether src ${VMAC_6}`);
      await becomesMaster(one, NAME_6, vip);
      const reaches = async (): Promise<boolean> => {
        const program = `require('http').get({host:'${vip}',timeout:2000},r=>process.exit(0)).on('timeout',()=>process.exit(1)).on('error',e=>process.exit(e.code==='ECONNREFUSED'?0:1))`;
        return (await client.inside.exec(process.execPath, ['-e', program])).code === 0;
      };
      await waitFor(reaches, { what: 'the client reaches the address', deadlineMs: DEADLINE_MS });
      assert.equal(await neighbourOf(client, vip), VMAC_6);
      const held = (await linkOf(one.host, NAME_6))?.addr_info.map(({ local }) => local);
      assert.deepEqual(held?.sort(), [vip, 'fe80::51']);
      await one.daemon.stop();
      await becomesMaster(two, NAME_6, vip);
      await waitFor(reaches, { what: 'the client reaches it still', deadlineMs: DEADLINE_MS });
      assert.equal(await neighbourOf(client, vip), VMAC_6);
      assert.equal(await linkOf(one.host, NAME_6), undefined);
      await capture.stop();
      const adverts = await dissect(
        capture.file,
        ['eth.src', 'ipv6.src', 'vrrp.prio', 'vrrp.checksum.status'],
        {
          filter: 'vrrp',
        },
      );
      const macs = await Promise.all([one.host, two.host].map(macOf));
      for (const advert of adverts) {
        assert.ok(advert['eth.src'] === VMAC_6 || macs.includes(advert['eth.src']), JSON.stringify(advert));
        assert.notEqual(advert['ipv6.src'], 'fe80::51');
        assert.equal(advert['vrrp.checksum.status'], '1');
      }
    }));

  test('adverts come from the MAC below when that is asked for, the addresses stay', () =>
    onLan(async lan => {
      const capture = await lan.capture('ip proto 112');
      const vmac = { enabled: true, 'advertise-from': 'base', interface: 'web0' };
      const one = await startVmacNode(lan, 'one', 1, { priority: 150, router: { vmac } });
      await becomesMaster(one, 'web0');
      await capture.stop();
      const adverts = await dissect(capture.file, ['eth.src'], { filter: 'vrrp' });
      assert.deepEqual([...new Set(adverts.map(advert => advert['eth.src']))], [await macOf(one.host)]);
    }));
});
