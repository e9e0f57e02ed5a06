/** The main job: a pair elects a master; nginx dies, or the sidecar is stopped, and the address moves; what was better comes back. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Lan } from '../support/lan.ts';
import { LocumNode, masterIs, VIP } from '../support/node.ts';
import { monotonicUs, Observer } from '../support/observer.ts';
import { waitFor } from '../support/wait.ts';

/** A hand-over takes milliseconds; what a busy machine adds is not what these tests are about. */
const PROMPT_MS = 1_000;

describe('a pair', () => {
  let lan: Lan;
  let a: LocumNode;
  let b: LocumNode;
  let client: Observer;
  before(async () => {
    lan = await Lan.create();
    [a, b] = await Promise.all([
      LocumNode.start(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 }),
      LocumNode.start(lan, 'node-b', { address: '198.18.51.12/24', priority: 98 }),
    ]);
    client = await Observer.start(await lan.host('client', '198.18.51.50/24'), { address: VIP });
  });
  after(() => lan.close());

  test('elects the one with the higher priority', async () => {
    await masterIs(a, [a, b]);
    await client.answerOf('node-a', 0, PROMPT_MS);
    const backup = await b.router();
    assert.equal(backup.masterAddress, '198.18.51.11');
    assert.deepEqual(
      backup.peers.map(peer => [peer.address, peer.priority]),
      [['198.18.51.11', 100]],
    );
  });

  test('nginx is killed: the address moves, the client gets answers of the other node', async () => {
    const killedUs = a.nginx.kill();
    await client.answerOf('node-b', killedUs, PROMPT_MS);
    await masterIs(b, [a, b]);
    const { effectivePriority, contributions } = await a.router();
    assert.equal(effectivePriority, 70);
    assert.deepEqual(
      contributions.map(({ tracker, health, delta }) => ({ tracker, health, delta })),
      [{ tracker: 'nginx', health: 'down', delta: -30 }],
    );
  });

  test('nginx is started again: the better node takes the address back', async () => {
    await a.nginx.start();
    await client.answerOf('node-a', monotonicUs(), 3 * PROMPT_MS);
    await masterIs(a, [a, b]);
    assert.equal((await a.router()).effectivePriority, 100);
  });

  test('the sidecar is stopped by SIGTERM: it resigns, and leaves no address', async () => {
    const before = (await b.router()).counters.priorityZeroReceived;
    const stoppedUs = monotonicUs();
    const { code } = await a.daemon.stop();
    assert.equal(code, 0);
    assert.equal(await a.holds(), false);
    await client.answerOf('node-b', stoppedUs, PROMPT_MS);
    assert.equal((await b.router()).counters.priorityZeroReceived, before + 1);
    await a.startDaemon();
    await masterIs(a, [a, b]);
  });

  test('nginx on the backup is killed: nothing happens to the master', async () => {
    const { becameMaster } = (await a.router()).counters;
    b.nginx.kill();
    await waitFor(async () => (await b.router()).effectivePriority === 68, {
      what: 'noticed',
      deadlineMs: PROMPT_MS,
    });
    await masterIs(a, [a, b]);
    assert.equal((await a.router()).counters.becameMaster, becameMaster);
    await b.nginx.start();
    await waitFor(async () => (await b.router()).effectivePriority === 98, {
      what: 'noticed',
      deadlineMs: 3 * PROMPT_MS,
    });
  });
});

test('equal priorities: of two masters the one with the higher address stays', async () => {
  const lan = await Lan.create();
  try {
    const low = await LocumNode.create(lan, 'low', { address: '198.18.51.11/24', priority: 100 });
    const high = await LocumNode.create(lan, 'high', { address: '198.18.51.12/24', priority: 100 });
    await lan.cutBothWays(low.host, high.host);
    await Promise.all(
      [low, high].map(async node => {
        await node.nginx.start();
        await node.startDaemon();
        await node.becomes('master');
      }),
    );
    await lan.heal();
    await masterIs(high, [low, high]);
  } finally {
    await lan.close();
  }
});

test('without preemption the better node leaves the address where it is', async () => {
  const lan = await Lan.create();
  try {
    const router = { preempt: false };
    const low = await LocumNode.start(lan, 'low', { address: '198.18.51.12/24', priority: 98, router });
    await low.becomes('master');
    const high = await LocumNode.start(lan, 'high', { address: '198.18.51.11/24', priority: 100, router });
    await waitFor(async () => (await high.router()).masterAddress === '198.18.51.12', {
      what: 'the better node hears the master',
      deadlineMs: 5_000,
    });
    await masterIs(low, [low, high]);
    await low.daemon.stop();
    assert.equal((await high.becomes('master', 2_000)).state, 'master');
  } finally {
    await lan.close();
  }
});
