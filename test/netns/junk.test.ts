/** A neighbour floods the LAN with packets that are wrong: counted, and without any effect on who is master or how fast it changes. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Flood } from '../support/flood.ts';
import { Lan, macOf } from '../support/lan.ts';
import { LocumNode, masterIs, VIP } from '../support/node.ts';
import { Observer } from '../support/observer.ts';
import { BUILD } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const PACKETS = 60_000;
const MASTER = '198.18.51.11';

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

test('a flood of junk moves nothing and slows nothing', async () => {
  const lan = await Lan.create();
  try {
    const [a, b] = await Promise.all([
      LocumNode.start(lan, 'node-a', { address: `${MASTER}/24`, priority: 100 }),
      LocumNode.start(lan, 'node-b', { address: '198.18.51.12/24', priority: 98 }),
    ]);
    const client = await Observer.start(await lan.host('client', '198.18.51.50/24'), { address: VIP });
    await masterIs(a, [a, b]);
    const neighbour = await lan.host('neighbour', '198.18.51.66/24');
    const index = (await neighbour.inside.run('cat', ['/proc/net/igmp'])).match(/^(\d+)\s+eth0/m)?.[1] ?? '';
    const before = { a: (await a.router()).counters, b: (await b.router()).counters };

    const args = [
      join(BUILD, 'test', 'support', 'junk-main.js'),
      index,
      await macOf(neighbour),
      String(PACKETS),
    ];
    const flood = await neighbour.inside.spawn(process.execPath, args);
    await waitFor(async () => (await b.router()).counters.advertsReceived >= before.b.advertsReceived + 3, {
      what: 'the backup hears the master through the flood',
      deadlineMs: 10_000,
      context: () => flood.output,
    });
    assert.equal((await a.router()).state, 'master');
    assert.equal((await b.router()).counters.becameMaster, before.b.becameMaster);

    const killedUs = a.nginx.kill();
    await client.answerOf('node-b', killedUs, 1_000);
    await masterIs(b, [a, b]);
    await a.nginx.start();
    await masterIs(a, [a, b]);

    const { code } = await flood.exit;
    assert.equal(code, 0, flood.output);
    const { routers, drops } = await a.status();
    const { discards = {}, advertsReceived = Number.NaN } = routers[0]?.counters ?? {};
    for (const reason of ['version', 'no-addresses', 'length', 'checksum', 'truncated', 'ttl'] as const) {
      assert.ok((discards[reason] ?? 0) > PACKETS / 1_000, `${reason}: ${JSON.stringify(discards)}`);
    }
    // Two of the nine kinds are for nobody here: another VRID, and none at all.
    const counted = sumOf(discards) + (drops['eth0 unreadPackets'] ?? 0);
    assert.ok(counted > PACKETS / 2, `${counted} are accounted for: ${JSON.stringify({ discards, drops })}`);
    assert.ok(advertsReceived - before.a.advertsReceived < 100, 'none of it was believed');
  } finally {
    await lan.close();
  }
});

for (const kind of ['checksum', 'spoofed'] as const) {
  test(`100,000 packets a second (${kind}) neither make a backup take over nor keep it from it`, async () => {
    const lan = await Lan.create();
    try {
      const options = { router: { 'advert-interval': '500ms' }, track: {} };
      const create = (name: string, address: string, priority: number) =>
        LocumNode.create(lan, name, { ...options, address: `${address}/24`, priority });
      const [a, b] = await Promise.all([create('node-a', MASTER, 100), create('node-b', '198.18.51.12', 98)]);
      await Promise.all([a.startDaemon(), b.startDaemon()]);
      await masterIs(a, [a, b]);
      const before = (await b.router()).counters;

      const neighbour = await lan.host('neighbour', '198.18.51.66/24');
      const flood = await Flood.start(neighbour, { kind, rate: 100_000, seconds: 30, master: MASTER });
      await waitFor(async () => (await b.router()).counters.advertsReceived >= before.advertsReceived + 8, {
        what: 'the backup hears the master through the flood',
        deadlineMs: 15_000,
      });
      const { counters, peers, refused } = await b.router();
      assert.equal(counters.becameMaster, before.becameMaster, 'the master lives');
      assert.ok(peers.some(({ address }) => address === MASTER));
      assert.ok(refused.length <= 16);

      a.daemon.signal('SIGKILL');
      await b.becomes('master', 10_000);
      const { sent } = await flood.stop();
      const { routers, drops } = await b.status();
      const counted = sumOf(routers[0]?.counters.discards ?? {}) + (drops['eth0 unreadPackets'] ?? 0);
      assert.ok(counted > sent / 2, `${counted} of ${sent} are accounted for`);
      const lines = b.daemon.lines.filter(line => line.includes('a packet was dropped'));
      assert.ok(lines.length <= 17, `${lines.length} lines in the log`);
    } finally {
      await lan.close();
    }
  });
}
