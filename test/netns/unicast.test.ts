/**
 * Advertisements to peers instead of to the group, over IPv4 and IPv6: one list of peers for all nodes, strangers that are not believed,
 * and peers beyond a router, as far as `min-ttl` lets them be.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dissect } from '../support/capture.ts';
import { type Host, Lan, onLan } from '../support/lan.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

/** Three intervals and the skew, and as much again for a busy machine. */
const TAKEOVER_MS = 8_000;

interface FamilyOfTest {
  readonly title: string;
  readonly vip: string;
  /** Of a host in the network of that number, with its prefix length. */
  readonly address: (network: number, host: number) => string;
}

const FAMILIES: readonly FamilyOfTest[] = [
  {
    title: 'IPv4',
    vip: '198.18.60.100/24',
    address: (network, host) => `198.18.${network}.${host}/24`,
  },
  {
    title: 'IPv6',
    vip: 'fd00:198:18:60::100/64',
    address: (network, host) => `fd00:198:18:${network}::${host}/64`,
  },
];

const bare = (cidr: string): string => cidr.split('/')[0] ?? '';

async function discardsOf(node: LocumNode): Promise<string[]> {
  return Object.keys((await node.router()).counters.discards);
}

async function discards(node: LocumNode, reason: string): Promise<void> {
  await waitFor(async () => (await discardsOf(node)).includes(reason), {
    what: `${node.name} discards: ${reason}`,
    deadlineMs: TAKEOVER_MS,
    context: () => node.daemon.output,
  });
}

for (const { title, vip, address } of FAMILIES)
  describe(`unicast over ${title}`, { concurrency: true }, () => {
    const start = (lan: Lan, name: string, host: number, priority: number, unicast: object) =>
      LocumNode.start(lan, name, {
        address: address(60, host),
        priority,
        router: { vip: [vip], unicast },
      });
    const peers = [11, 12].map(host => bare(address(60, host)));

    test('a pair with one list of peers elects, hands over and takes over', () =>
      onLan(async lan => {
        const capture = await lan.capture();
        const [a, b] = await Promise.all([
          start(lan, 'node-a', 11, 100, { peers }),
          start(lan, 'node-b', 12, 98, { peers }),
        ]);
        await masterIs(a, [a, b], TAKEOVER_MS);
        assert.equal((await b.router()).masterAddress, peers[0]);
        a.nginx.kill();
        await masterIs(b, [a, b]);
        b.daemon.signal('SIGKILL');
        await a.becomes('master', TAKEOVER_MS);
        await capture.stop();
        const adverts = await dissect(capture.file, ['ip.dst', 'ipv6.dst', 'ip.ttl', 'ipv6.hlim'], {
          // Where no daemon listens, the kernel answers that nobody speaks VRRP, and quotes what it was sent.
          filter: 'vrrp && !icmp && !icmpv6',
        });
        const seen = new Set(adverts.map(advert => Object.values(advert).filter(Boolean).join(' ')));
        assert.deepEqual([...seen].sort(), peers.map(peer => `${peer} 255`).sort());
        assert.deepEqual(await discardsOf(a), []);
      }));

    test('a stranger is not believed, and moves nothing', () =>
      onLan(async lan => {
        const [a, b] = await Promise.all([
          start(lan, 'node-a', 11, 100, { peers }),
          start(lan, 'node-b', 12, 98, { peers }),
        ]);
        await masterIs(a, [a, b], TAKEOVER_MS);
        await start(lan, 'stranger', 13, 200, { peers: [...peers, bare(address(60, 13))] });
        await Promise.all([discards(a, 'unknown-peer'), discards(b, 'unknown-peer')]);
        await masterIs(a, [a, b]);
      }));

    test('what goes to the group is not for it', () =>
      onLan(async lan => {
        const a = await start(lan, 'node-a', 11, 100, { peers });
        await LocumNode.start(lan, 'node-b', {
          address: address(60, 12),
          priority: 200,
          router: { vip: [vip] },
        });
        await discards(a, 'destination');
      }));

    test('peers beyond a router are heard as far as min-ttl allows', () =>
      onLan(async lan => {
        const far = await Lan.create();
        try {
          await beyondRouter(lan, far, { title, vip, address });
        } finally {
          await far.close();
        }
      }));
  });

/** Network 51 with node-a, a router, network 52 with node-b; the virtual address is of network 60, which both have as well. */
async function beyondRouter(near: Lan, far: Lan, { vip, address }: FamilyOfTest): Promise<void> {
  const router = await near.host('router', address(51, 1));
  await far.plug(router, 'eth1', address(52, 1));
  const settings = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
  await router.inside.run('sysctl', ['-qw', ...settings]);
  const peers = [address(51, 11), address(52, 12)].map(bare);
  const create = async (lan: Lan, network: number, host: number, minTtl: number): Promise<LocumNode> => {
    const node = await LocumNode.create(lan, `node-${network}`, {
      address: address(network, host),
      moreAddresses: [address(60, host)],
      priority: host,
      router: { vip: [vip], unicast: { peers, 'min-ttl': minTtl } },
    });
    await routeBy(node.host, bare(address(network, 1)));
    await node.nginx.start();
    return node;
  };
  const [a, b] = await Promise.all([create(near, 51, 11, 254), create(far, 52, 12, 254)]);
  await Promise.all([a.startDaemon(), b.startDaemon()]);
  await masterIs(b, [a, b], TAKEOVER_MS);
  assert.equal((await a.router()).masterAddress, peers[1]);
  await a.daemon.stop();
  await a.configure({ priority: 11, router: { vip: [vip], unicast: { peers, 'min-ttl': 255 } } });
  await a.startDaemon();
  await a.becomes('master', TAKEOVER_MS);
  assert.deepEqual((await a.router()).peers, [], 'what crossed a router is not believed');
}

async function routeBy(host: Host, gateway: string): Promise<void> {
  await host.inside.run('ip', ['route', 'add', 'default', 'via', gateway]);
}
