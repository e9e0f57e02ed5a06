/**
 * A pair over IPv6: adverts to ff02::12 from link-local addresses, addresses with a lease and without a search for duplicates, a client
 * that learns of a move from neighbour advertisements; and beside it a pair over IPv4 with the same VRID.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addressesOf, type Host, Lan, macOf } from '../support/lan.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { monotonicUs, Observer } from '../support/observer.ts';
import { waitFor } from '../support/wait.ts';

/** A hand-over takes milliseconds; what a busy machine adds is not what these tests are about. */
const PROMPT_MS = 1_000;
/** Three intervals and the skew, and as much again for a busy machine. */
const TAKEOVER_MS = 8_000;

const VIP = 'fd00:198:18::100';
/** RFC 9568 §5.2.9 wants a link-local address first. */
const VIPS = ['fe80::5100/64', `${VIP}/64`];

const addressesFor = (n: number) => ({
  address: `198.18.51.${n}/24`,
  moreAddresses: [`fd00:198:18::${n}/64`],
});

async function linkLocalOf(host: Host): Promise<string> {
  const addresses = [...(await addressesOf(host, 6)).keys()];
  const own = addresses.find(address => address.startsWith('fe80:') && !VIPS.includes(address));
  return own?.split('/')[0] ?? '';
}

/** What the host knows of the address's Ethernet address. */
async function neighbourOf(host: Host, address: string): Promise<string | undefined> {
  const text = await host.inside.run('ip', ['-json', '-6', 'neighbour', 'show', 'to', address]);
  return (JSON.parse(text) as { lladdr?: string }[])[0]?.lladdr;
}

describe('a pair over IPv6', () => {
  let lan: Lan;
  let a: LocumNode;
  let b: LocumNode;
  let client: Host;
  let observer: Observer;
  before(async () => {
    lan = await Lan.create();
    const router = { vip: VIPS };
    [a, b] = await Promise.all([
      LocumNode.start(lan, 'node-a', { ...addressesFor(11), priority: 100, router }),
      LocumNode.start(lan, 'node-b', { ...addressesFor(12), priority: 98, router }),
    ]);
    client = await lan.host('client', '198.18.51.50/24', 'fd00:198:18::50/64');
    observer = await Observer.start(client, { address: VIP });
  });
  after(() => lan.close());

  test('elects the one with the higher priority, and knows it by its link-local address', async () => {
    await masterIs(a, [a, b], TAKEOVER_MS);
    await observer.answerOf('node-a', 0, PROMPT_MS);
    const { masterAddress, peers, counters } = await b.router();
    assert.equal(masterAddress, await linkLocalOf(a.host));
    assert.deepEqual(
      peers.map(({ priority, warnings }) => [priority, warnings]),
      [[100, []]],
    );
    assert.deepEqual(counters.discards, {});
  });

  test('gives its addresses a lease, and nobody takes them for a source', async () => {
    const shown = await a.host.inside.run('ip', ['-6', 'address', 'show', 'to', `${VIP}/128`]);
    assert.match(shown, /scope global nodad deprecated dynamic/);
    const route = await a.host.inside.run('ip', ['-6', 'route', 'get', 'fd00:198:18::50']);
    assert.match(route, /src fd00:198:18::11 /);
  });

  test('nginx is killed: the address moves, and the client learns it from a neighbour advertisement', async () => {
    const killedUs = a.nginx.kill();
    await observer.answerOf('node-b', killedUs, PROMPT_MS);
    await masterIs(b, [a, b]);
    assert.equal(await neighbourOf(client, VIP), await macOf(b.host));
  });

  test('nginx is started again: the better node takes the address back', async () => {
    await a.nginx.start();
    await observer.answerOf('node-a', monotonicUs(), 3 * PROMPT_MS);
    await masterIs(a, [a, b]);
  });

  test('the sidecar is killed: the other one takes over on silence, and the address leaves by its lease', async () => {
    const killedUs = monotonicUs();
    a.daemon.signal('SIGKILL');
    await observer.answerOf('node-b', killedUs, TAKEOVER_MS);
    await waitFor(async () => !(await a.holds(`${VIP}/64`)), {
      what: 'the lease ends',
      deadlineMs: 2 * PROMPT_MS,
    });
    const left = await addressesOf(a.host, 6);
    assert.ok(left.has('fd00:198:18::11/64'), 'its own address stays');
    assert.match(await a.host.inside.run('ip', ['-6', 'route']), /fd00:198:18::\/64 .*proto kernel/);
  });
});

test('IPv4 and IPv6 share a VRID on the same nodes, and move apart', async () => {
  const lan = await Lan.create();
  try {
    const four = { vrid: 51, vip: '198.18.51.100/24', interface: 'eth0' };
    const six = { vrid: 51, vip: VIPS, interface: 'eth0' };
    const start = (name: string, n: number, priorities: readonly [number, number]) =>
      LocumNode.start(lan, name, {
        ...addressesFor(n),
        priority: 100,
        sections: {
          vrrp: { four: { ...four, priority: priorities[0] }, six: { ...six, priority: priorities[1] } },
        },
      });
    const [a, b] = await Promise.all([start('node-a', 11, [100, 98]), start('node-b', 12, [98, 100])]);
    const statesOf = async (node: LocumNode): Promise<string> =>
      (await node.status()).routers.map(({ name, state }) => `${name} ${state}`).join(', ');
    const becomes = (node: LocumNode, states: string): Promise<true> =>
      waitFor(async () => (await statesOf(node)) === states, {
        what: `${node.name}: ${states}`,
        deadlineMs: TAKEOVER_MS,
        context: () => node.daemon.output,
      });
    await Promise.all([becomes(a, 'four master, six backup'), becomes(b, 'four backup, six master')]);
    await b.daemon.stop();
    await becomes(a, 'four master, six master');
    for (const { counters } of (await a.status()).routers) assert.deepEqual(counters.discards, {});
  } finally {
    await lan.close();
  }
});
