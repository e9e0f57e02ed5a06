/** A neighbour floods the LAN with packets that are wrong: counted, and without any effect on who is master or how fast it changes. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Lan, macOf } from '../support/lan.ts';
import { LocumNode, masterIs, VIP } from '../support/node.ts';
import { Observer } from '../support/observer.ts';
import { BUILD } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const PACKETS = 60_000;

test('a flood of junk moves nothing and slows nothing', async () => {
  const lan = await Lan.create();
  try {
    const [a, b] = await Promise.all([
      LocumNode.start(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 }),
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
    const { discards, advertsReceived } = (await a.router()).counters;
    for (const reason of ['version', 'no-addresses', 'length', 'checksum', 'truncated'] as const) {
      assert.ok((discards[reason] ?? 0) > PACKETS / 20, `${reason}: ${JSON.stringify(discards)}`);
    }
    assert.ok(advertsReceived - before.a.advertsReceived < 100, 'none of it was believed');
  } finally {
    await lan.close();
  }
});
