/** The link goes down, or is cut in one direction or both, and comes back: fault while down, one master when it settles. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Lan } from '../support/lan.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

async function withPair(work: (lan: Lan, a: LocumNode, b: LocumNode) => Promise<void>): Promise<void> {
  const lan = await Lan.create();
  try {
    const [a, b] = await Promise.all([
      LocumNode.start(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 }),
      LocumNode.start(lan, 'node-b', { address: '198.18.51.12/24', priority: 98 }),
    ]);
    await masterIs(a, [a, b]);
    await work(lan, a, b);
  } finally {
    await lan.close();
  }
}

describe('the link', { concurrency: true }, () => {
  test('interface down is fault, and up again the better node returns', () =>
    withPair(async (_lan, a, b) => {
      await a.host.inside.run('ip', ['link', 'set', 'eth0', 'down']);
      await a.becomes('fault', 2_000);
      assert.equal(await a.holds(), false);
      await b.becomes('master');
      await a.host.inside.run('ip', ['link', 'set', 'eth0', 'up']);
      await masterIs(a, [a, b]);
    }));

  test('the cable is pulled (no carrier): fault as well', () =>
    withPair(async (lan, a, b) => {
      await lan.bridge.run('ip', ['link', 'set', 'to-node-a', 'down']);
      await a.becomes('fault', 3_000);
      await b.becomes('master');
      await lan.bridge.run('ip', ['link', 'set', 'to-node-a', 'up']);
      await masterIs(a, [a, b]);
    }));

  test('cut both ways, each is master of its side; healed, one is', () =>
    withPair(async (lan, a, b) => {
      await lan.cutBothWays(a.host, b.host);
      await b.becomes('master');
      assert.equal((await a.router()).state, 'master');
      await lan.heal();
      await masterIs(a, [a, b], 5_000);
    }));

  test('the master is not heard: both are master; healed, one is', () =>
    withPair(async (lan, a, b) => {
      await lan.cut(a.host, b.host);
      await b.becomes('master');
      assert.equal((await a.router()).state, 'master');
      await lan.heal();
      await masterIs(a, [a, b], 5_000);
    }));

  test('the backup is not heard: nothing changes', () =>
    withPair(async (lan, a, b) => {
      const { becameMaster } = (await b.router()).counters;
      const { advertsReceived } = (await b.router()).counters;
      await lan.cut(b.host, a.host);
      await waitFor(async () => (await b.router()).counters.advertsReceived >= advertsReceived + 4, {
        what: 'four more advertisements',
        deadlineMs: 8_000,
      });
      assert.equal((await b.router()).counters.becameMaster, becameMaster);
      await masterIs(a, [a, b]);
    }));
});
