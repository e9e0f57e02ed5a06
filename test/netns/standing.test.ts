/** Who takes part, and when, on real links: sync groups, the preempt delay, the start delay, owners, addresses that are not advertised. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouterStatus } from '../../src/control/status.ts';
import { Lan, onLan } from '../support/lan.ts';
import { LocumNode, masterIs, VIP, VIP_CIDR } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

const INSIDE = '198.18.52.100';

async function onLans(run: (...lans: readonly [Lan, Lan]) => Promise<void>): Promise<void> {
  const lans = [await Lan.create(), await Lan.create()] as const;
  try {
    await run(...lans);
  } finally {
    for (const lan of lans) await lan.close();
  }
}

async function statesOf(node: LocumNode): Promise<readonly string[]> {
  return (await node.status()).routers.map(({ name, state }) => `${name} ${state}`);
}

/** Who has which of the two addresses. */
async function awaitHolders(
  expected: string,
  nodes: readonly LocumNode[],
  deadlineMs = 10_000,
): Promise<void> {
  const look = async (): Promise<string> => {
    const found = await Promise.all(
      nodes.map(async node => {
        const all = await node.host.inside.run('ip', ['-brief', 'address']);
        return [VIP, INSIDE].filter(vip => all.includes(`${vip}/`)).map(vip => `${node.name} ${vip}`);
      }),
    );
    return found.flat().join(', ');
  };
  let seen = '';
  await waitFor(
    async () => {
      seen = await look();
      return seen === expected;
    },
    { what: expected, deadlineMs, context: () => seen },
  );
}

/** A router between two links: an address on each, that must be on the same node. */
async function between(
  outer: Lan,
  inner: Lan,
  name: string,
  octet: number,
  priority: number,
): Promise<LocumNode> {
  const common = { 'sync-group': 'edge', priority };
  const node = await LocumNode.create(outer, name, {
    address: `198.18.51.${octet}/24`,
    priority,
    sections: {
      vrrp: {
        outside: { vrid: 51, vip: [VIP_CIDR], interface: 'eth0', ...common },
        inside: { vrid: 51, vip: [`${INSIDE}/24`], interface: 'eth1', ...common },
      },
    },
  });
  await inner.plug(node.host, 'eth1', `198.18.52.${octet}/24`);
  await node.nginx.start();
  await node.startDaemon();
  return node;
}

test('a sync group: what happens on one link moves the addresses of both', () =>
  onLans(async (outer, inner) => {
    const a = await between(outer, inner, 'node-a', 11, 110);
    const b = await between(outer, inner, 'node-b', 12, 100);
    const nodes = [a, b];
    const onA = `node-a ${VIP}, node-a ${INSIDE}`;
    const onB = `node-b ${VIP}, node-b ${INSIDE}`;
    await awaitHolders(onA, nodes);

    await inner.setCable(a.host, 'down');
    await awaitHolders(onB, nodes);
    assert.deepEqual(await statesOf(a), ['outside fault', 'inside fault']);
    const outside = await a.router();
    assert.equal(outside.reason, 'sync group edge: inside: interface eth1 is down');
    assert.deepEqual(outside.syncGroup, { name: 'edge', ready: false });

    await inner.setCable(a.host, 'up');
    await awaitHolders(onA, nodes);

    const { stdout } = await a.locum('drain');
    assert.match(stdout, /drained/i);
    await awaitHolders(onB, nodes, 1_000);
    await a.locum('undrain');
    await awaitHolders(onA, nodes);

    await inner.cutBothWays(a.host, b.host);
    const waiting = async (): Promise<RouterStatus | undefined> => {
      const found = (await b.status()).routers.find(({ name }) => name === 'inside');
      return found?.syncGroup?.ready ? found : undefined;
    };
    await waitFor(waiting, { what: 'node-b would rise inside, and waits', deadlineMs: 10_000 });
    await awaitHolders(onA, nodes, 1_000);
  }));

test('a node that comes back leaves the other one alone for its preempt delay, unless that one goes', () =>
  onLan(async lan => {
    const low = await LocumNode.start(lan, 'low', { address: '198.18.51.12/24', priority: 98 });
    await low.becomes('master');
    const router = { 'preempt-delay': '300s' };
    const high = await LocumNode.start(lan, 'high', { address: '198.18.51.11/24', priority: 120, router });
    const waiting = await waitFor(
      async () => {
        const status = await high.router();
        return status.masterAddress === '198.18.51.12' ? status : undefined;
      },
      { what: 'the better node hears the master', deadlineMs: 5_000 },
    );
    assert.equal(waiting.state, 'backup');
    // Longer than it would have waited without the delay.
    await waitFor(async () => (await low.router()).counters.advertsSent >= 6, {
      what: 'the master stays',
      deadlineMs: 15_000,
    });
    await masterIs(low, [low, high]);
    low.nginx.kill();
    await masterIs(high, [low, high], 2_000);

    await high.daemon.stop();
    await masterIs(low, [low]);
    await high.configure({ priority: 120, router: { 'preempt-delay': '6s' } });
    await high.startDaemon();
    await masterIs(high, [low, high], 15_000);
    assert.equal(
      (await high.router()).reason,
      'the master 198.18.51.12 has a lower priority and was left alone long enough',
    );
  }));

test('a node takes no part before its start delay is over, and says so', () =>
  onLan(async lan => {
    const low = await LocumNode.start(lan, 'low', { address: '198.18.51.12/24', priority: 98 });
    await masterIs(low, [low]);
    const router = { 'start-delay': '8s' };
    const late = await LocumNode.start(lan, 'late', { address: '198.18.51.11/24', priority: 120, router });
    const waits = await waitFor(
      async () => {
        const status = await late.router();
        return status.reason === 'starting' ? undefined : status;
      },
      { what: 'it waits', deadlineMs: 5_000 },
    );
    assert.deepEqual(
      [waits.state, waits.reason, waits.nextDeadline?.reason],
      ['init', 'waits for its start delay', 'start-delay'],
    );
    assert.equal((await low.router()).state, 'master');
    await masterIs(late, [late, low], 20_000);
    assert.equal((await late.router()).transitions.at(-1)?.from, 'init');
  }));

test('an owner holds its own address for good; a backup has it while the owner is away', () =>
  onLan(async lan => {
    const router = { vip: [VIP_CIDR, '198.18.51.101/24'], 'excluded-vip': ['198.18.51.111/24'] };
    const owner = await LocumNode.start(lan, 'owner', {
      address: '198.18.51.11/24',
      moreAddresses: [VIP_CIDR],
      priority: 255,
      router,
    });
    const backup = await LocumNode.start(lan, 'backup', {
      address: '198.18.51.12/24',
      priority: 100,
      router,
    });
    await owner.becomes('master');
    await backup.becomes('backup');
    assert.deepEqual(
      (await owner.router()).vips.map(({ address, validLifetimeSeconds, present, advertised }) => [
        address,
        present,
        validLifetimeSeconds,
        advertised,
      ]),
      [
        [VIP_CIDR, true, null, true],
        ['198.18.51.101/24', true, null, true],
        ['198.18.51.111/24', true, null, false],
      ],
    );
    owner.nginx.kill();
    await waitFor(async () => (await owner.router()).contributions[0]?.health === 'down', {
      what: 'the tracker sees it',
      deadlineMs: 5_000,
    });
    assert.equal((await owner.router()).effectivePriority, 255);

    await owner.daemon.stop();
    await backup.becomes('master');
    assert.equal(await owner.holds(VIP_CIDR), true, 'it was there before');
    assert.equal(await owner.holds('198.18.51.101/24'), false, 'Locum had added it');
    assert.equal(await owner.holds('198.18.51.111/24'), false);

    await owner.startDaemon();
    await owner.becomes('master', 3_000);
    await backup.becomes('backup');
    await waitFor(async () => !(await backup.holds('198.18.51.111/24')), {
      what: 'given back',
      deadlineMs: 2_000,
    });
  }));

test('two owners settle by their addresses, and do not answer each other without end', () =>
  onLan(async lan => {
    const nodes = await Promise.all(
      [11, 12].map(octet =>
        LocumNode.start(lan, `owner-${octet}`, { address: `198.18.51.${octet}/24`, priority: 255 }),
      ),
    );
    const [low, high] = nodes;
    assert.ok(low !== undefined && high !== undefined);
    await masterIs(high, nodes);
    const sent = await Promise.all(nodes.map(async node => (await node.router()).counters.advertsSent));
    assert.ok(
      sent.every(count => count < 40),
      `adverts: ${sent.join(', ')}`,
    );
    await waitFor(async () => (await high.router()).counters.advertsSent >= (sent[1] ?? 0) + 3, {
      what: 'the winner goes on',
      deadlineMs: 10_000,
    });
    assert.equal((await low.router()).state, 'backup');
  }));
