/** keepalived with `use_vmac` as the other node: one MAC for the address whoever is master, and each hears the other though both send from it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dissect } from '../support/capture.ts';
import { Keepalived } from '../support/keepalived.ts';
import { onLan } from '../support/lan.ts';
import { VIP, VIP_CIDR } from '../support/node.ts';
import { monotonicUs, Observer } from '../support/observer.ts';
import { becomesMaster, isUp, neighbourOf, startVmacNode, VMAC } from '../support/vmac.ts';
import { waitFor } from '../support/wait.ts';

const SETTLE_MS = 15_000;

const configurationWith = (priority: number): string => `global_defs {
  router_id peer
  vrrp_garp_master_delay 1
}
vrrp_instance web {
  state BACKUP
  interface eth0
  use_vmac vmac51
  version 3
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    ${VIP_CIDR}
  }
}
`;

test('with keepalived on a virtual MAC as the other node', () =>
  onLan(async lan => {
    const peer = await lan.host('peer', '198.18.51.2/24');
    const capture = await lan.capture(`arp or ip proto 112`);
    const keepalived = new Keepalived(peer);
    await keepalived.run(configurationWith(100));
    await keepalived.becomes('MASTER', SETTLE_MS);
    const client = await lan.host('client', '198.18.51.9/24');
    const router = { 'advert-interval': '1s' };
    const one = await startVmacNode(lan, 'one', 1, { priority: 150, router });
    await becomesMaster(one);
    await keepalived.becomes('BACKUP', SETTLE_MS);
    const seen = await Observer.start(client, { address: VIP });
    await seen.answerOf('one', 0, SETTLE_MS);
    assert.equal(await neighbourOf(client), VMAC);

    await one.daemon.stop();
    await keepalived.becomes('MASTER', SETTLE_MS);
    const refused = (): boolean => seen.sights.some(({ what }) => what === '!ECONNREFUSED');
    // By which MAC is its own affair: it asks for the client's with its own (arp_announce), and the client believes that.
    await waitFor(refused, { what: 'the peer, without nginx, has the address', deadlineMs: SETTLE_MS });

    const since = monotonicUs();
    await one.startDaemon();
    await becomesMaster(one);
    await keepalived.becomes('BACKUP', SETTLE_MS);
    await seen.answerOf('one', since, SETTLE_MS);
    assert.equal(await neighbourOf(client), VMAC);

    // Both masters for a while, both with the one MAC: the lower one must hear the higher when the cut heals.
    await keepalived.stop();
    const better = new Keepalived(peer);
    await better.run(configurationWith(200));
    await better.becomes('MASTER', SETTLE_MS);
    await one.becomes('backup', SETTLE_MS);
    await lan.cutBothWays(peer, one.host);
    await becomesMaster(one);
    await lan.heal();
    await one.becomes('backup', SETTLE_MS);
    await waitFor(async () => !(await isUp(one.host)), { what: 'lowered', deadlineMs: SETTLE_MS });
    assert.equal(better.state, 'MASTER');
    assert.deepEqual((await one.router()).counters.discards, {});
    await seen.stop();
    await capture.stop();
    const adverts = await dissect(capture.file, ['eth.src', 'ip.src'], { filter: 'vrrp && vrrp.prio > 0' });
    assert.deepEqual([...new Set(adverts.map(advert => advert['eth.src']))], [VMAC]);
    const sources = new Set(adverts.map(advert => advert['ip.src']));
    assert.deepEqual([...sources].sort(), ['198.18.51.1', '198.18.51.2']);
  }));
