/** Which containers serve, at which address, and why the others do not. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Circumstances,
  LABELS_ALONE,
  type ProxyScope,
  planBackends,
} from '../../src/docker/backends.ts';
import type { ContainerHealth, ContainerSnapshot, ContainerState } from '../../src/docker/snapshot.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { nearest } from '../../src/lib/nearest.ts';
import type { Server } from '../../src/lib/upstream.ts';
import { type OptionValues, serverParameters } from '../../src/lib/upstream-grammar.ts';
import type { UpstreamName } from '../../src/lib/upstream-name.ts';
import { container, containerId, network, snapshotOf } from '../support/containers.ts';

const SCOPE: ProxyScope = { excluded: new Set(), networks: ['front'] };
const APP = { 'locum.upstream': 'app' };

const plan = (containers: readonly ContainerSnapshot[], scope: ProxyScope = SCOPE) =>
  planBackends(snapshotOf(...containers), scope, nearest);

/** The only container's place: its endpoint, or why it has none. */
function place(
  parts: Partial<ContainerSnapshot>,
  scope: ProxyScope = SCOPE,
  others: ContainerSnapshot[] = [],
): string {
  const { upstreams, leftOut } = plan([container('app-1', { labels: APP, ...parts }), ...others], scope);
  const [backend] = upstreams.flatMap(({ servers }) => servers);
  const [out] = [...upstreams.flatMap(upstream => upstream.leftOut), ...leftOut];
  return backend === undefined ? (out?.reason ?? 'no backend') : `${backend.address}:${backend.port}`;
}

describe('backends', () => {
  it('serve at their address and only exposed port', () => {
    assert.equal(place({}), '198.18.0.2:8080');
  });

  it('take the port of the label before any exposed one', () => {
    assert.equal(place({ labels: { ...APP, 'locum.port': '9000' } }), '198.18.0.2:9000');
  });

  it('need a port: none or several exposed are left out', () => {
    assert.equal(
      place({ exposedPorts: [] }),
      'label locum.port is missing, and the container exposes no TCP port',
    );
    assert.equal(
      place({ exposedPorts: [80, 443] }),
      'label locum.port is missing, and the container exposes 80, 443',
    );
  });

  it('are named by their label, else by their compose service', () => {
    const labels = { 'locum.port': '80', 'com.docker.compose.service': 'Shop' };
    assert.equal(plan([container('a', { labels })]).upstreams[0]?.name, 'shop');
    assert.equal(
      plan([container('a', { labels: { ...labels, 'locum.upstream': 'cart' } })]).upstreams[0]?.name,
      'cart',
    );
  });

  it('without any name, or with a malformed one, are left out under no upstream', () => {
    const out = (labels: Record<string, string>) =>
      plan([container('a', { labels })]).leftOut[0]?.reason ?? '';
    assert.match(out({ 'locum.port': '80' }), /locum.upstream is missing, and no compose service/);
    assert.match(out({ 'locum.upstream': 'a b' }), /label locum.upstream="a b": not the name of an upstream/);
    assert.match(
      out({ 'locum.port': '80', 'com.docker.compose.service': '12' }),
      /must hold a letter.*locum.upstream label/,
    );
  });

  it('serve only while they run and are healthy where they can say so', () => {
    const states: readonly ContainerState[] = [
      'created',
      'paused',
      'restarting',
      'removing',
      'exited',
      'dead',
    ];
    for (const state of states) assert.equal(place({ state }), `not running (${state})`);
    const expected: Record<ContainerHealth, string> = {
      none: '198.18.0.2:8080',
      healthy: '198.18.0.2:8080',
      starting: 'health check has not passed yet (starting)',
      unhealthy: 'unhealthy',
    };
    for (const [health, result] of Object.entries(expected)) {
      assert.equal(place({ health: health as ContainerHealth }), result);
    }
  });

  it('are left out for any malformed label, with its reason', () => {
    assert.match(
      place({ labels: { ...APP, 'locum.weight': 'heavy' } }),
      /label locum.weight="heavy": must be 1 to 65535/,
    );
  });

  it('are left out when they say enable=false', () => {
    assert.equal(place({ labels: { ...APP, 'locum.enable': 'false' } }), 'label locum.enable=false');
  });

  it('are never the proxy, its holder, or a proxy of another node', () => {
    const excluded = new Set([containerId('nginx')]);
    const proxy = { 'locum.enable': 'true', 'locum.vip': '198.18.51.100/24' };
    const { upstreams, leftOut, warnings } = plan(
      [
        container('nginx', { labels: { ...APP } }),
        container('nginx-b', { labels: { ...proxy, 'com.docker.compose.service': 'nginx' } }),
        container('holder', { labels: { 'locum.role': 'sidecar', 'locum.port': '80' } }),
      ],
      { ...SCOPE, excluded },
    );
    assert.deepEqual([upstreams, leftOut, warnings], [[], [], []]);
  });

  it('tell of unknown labels and serve all the same', () => {
    const { upstreams, warnings } = plan([container('a', { labels: { ...APP, 'locum.wieght': '3' } })]);
    assert.equal(upstreams[0]?.servers.length, 1);
    assert.deepEqual(warnings, ['container a: unknown label "locum.wieght"; did you mean locum.weight?']);
  });

  it('are warned about when a typo hides the only label', () => {
    const { upstreams, warnings } = plan([container('a', { labels: { 'locum.prot': '80' } })]);
    assert.deepEqual(upstreams, []);
    assert.equal(warnings.length, 1);
  });
});

describe('the address of a backend', () => {
  const networks = [network('back', '198.18.1.2'), network('front', '198.18.0.2')];

  it('is on a network that the proxy shares', () => {
    assert.equal(place({ networks }), '198.18.0.2:8080');
    assert.equal(
      place({ networks }, { ...SCOPE, networks: ['back', 'front'] }),
      '198.18.1.2:8080',
      'the first by name',
    );
  });

  it('does not exist when no network is shared: the message lists both sides', () => {
    assert.equal(
      place({ networks }, { ...SCOPE, networks: ['edge'] }),
      'shares no network with the proxy: the container is on back, front; the proxy is on edge',
    );
  });

  it('is on any network for a proxy on the host, or an unknown one', () => {
    assert.equal(place({ networks }, { ...SCOPE, networks: 'host' }), '198.18.1.2:8080');
    assert.equal(place({ networks }, { ...SCOPE, networks: undefined }), '198.18.1.2:8080');
  });

  it('is on the network of the label, with or without the compose project', () => {
    const labels = { ...APP, 'com.docker.compose.project': 'shop' };
    const shop = [network('shop_back', '198.18.1.2'), network('front', '198.18.0.2')];
    for (const name of ['back', 'shop_back']) {
      assert.equal(
        place({ networks: shop, labels: { ...labels, 'locum.network': name } }),
        '198.18.1.2:8080',
      );
    }
    assert.equal(
      place({ networks: shop, labels: { ...labels, 'locum.network': 'edge' } }),
      'label locum.network=edge: the container is on shop_back, front',
    );
  });

  it('is on the first network that gives it an address', () => {
    const both = [{ name: 'back', address: undefined }, network('front', '198.18.0.2')];
    for (const reachable of [['back', 'front'], 'host' as const])
      assert.equal(place({ networks: both }, { ...SCOPE, networks: reachable }), '198.18.0.2:8080');
  });

  it('is an IPv4 address or none', () => {
    assert.equal(
      place({ networks: [{ name: 'front', address: undefined }] }),
      'no IPv4 address on network front',
    );
    assert.equal(
      place({ networks: [] }),
      'shares no network with the proxy: the container is on none; the proxy is on front',
    );
  });

  it('of a container on the host network is loopback, for a proxy that is there too', () => {
    const host = { networkMode: 'host', networks: [] };
    assert.equal(place(host, { ...SCOPE, networks: 'host' }), '127.0.0.1:8080');
    assert.equal(place(host), "uses the host's network, which the proxy does not share");
  });

  it('of a container that joined another is the address of that one', () => {
    const owner = container('owner', { networks: [network('front', '198.18.0.9')] });
    assert.equal(
      place({ networkMode: `container:${owner.id}`, networks: [] }, SCOPE, [owner]),
      '198.18.0.9:8080',
    );
  });
});

describe('the plan', () => {
  it('groups by upstream, ordered by name, container and address', () => {
    const { upstreams } = plan([
      container('z', { labels: APP }),
      container('b', { labels: { 'locum.upstream': 'api' }, state: 'exited' }),
      container('a', { labels: APP }),
    ]);
    assert.deepEqual(
      upstreams.map(({ name, servers, leftOut }) => [name, servers.map(each => each.origin), leftOut.length]),
      [
        ['api', [], 1],
        ['app', ['a', 'z'], 0],
      ],
    );
  });

  it('does not depend on the order of the list', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const all = names.map((name, at) =>
      container(name, {
        labels: { 'locum.upstream': at % 2 === 0 ? 'even' : 'odd' },
        state: at === 3 ? 'exited' : 'running',
      }),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), shuffled => {
        assert.deepEqual(plan(shuffled), plan(all));
      }),
    );
  });
});

describe('what the configuration says', () => {
  const server = (origin: string, address: string): Server => ({
    origin,
    address: address as IpAddress,
    port: 80,
    ...serverParameters({}),
  });
  const configured = (options: OptionValues, ...servers: Server[]): Circumstances => ({
    ...LABELS_ALONE,
    upstreams: new Map([['app' as UpstreamName, { options, servers }]]),
  });
  const planned = (circumstances: Circumstances, ...containers: ContainerSnapshot[]) =>
    planBackends(snapshotOf(...containers), SCOPE, nearest, circumstances);

  it('adds servers beside the containers, and is there without any', () => {
    const { upstreams } = planned(
      configured({}, server('server old', '198.18.9.9')),
      container('a', { labels: APP }),
    );
    assert.deepEqual(
      upstreams[0]?.servers.map(({ origin }) => origin),
      ['a', 'server old'],
    );
    assert.equal(planned(configured({}, server('server old', '198.18.9.9'))).upstreams.length, 1);
  });

  it('counts before what containers say, and of them the first by name; both sides are named', () => {
    const saying = (name: string, balance: string) =>
      container(name, { labels: { ...APP, 'locum.upstream.app.balance': balance } });
    const alone = plan(
      [saying('b', 'ip_hash'), saying('a', 'least_conn')].sort((x, y) => (x.name < y.name ? -1 : 1)),
    );
    assert.equal(alone.upstreams[0]?.options.balance, 'least_conn');
    assert.deepEqual(alone.warnings, [
      'upstream app: container a and container b disagree on balance; what container a says counts',
    ]);
    const { upstreams, warnings } = planned(configured({ balance: 'random' }), saying('a', 'least_conn'));
    assert.equal(upstreams[0]?.options.balance, 'random');
    assert.deepEqual(warnings, [
      'upstream app: the configuration and container a disagree on balance; what the configuration says counts',
    ]);
  });

  it('decides which compose projects count', () => {
    const shop = { ...APP, 'com.docker.compose.project': 'shop' };
    const only = { ...LABELS_ALONE, projects: ['shop'] };
    const { upstreams } = planned(
      only,
      container('a', { labels: shop }),
      container('b', { labels: { ...shop, 'com.docker.compose.project': 'blog' } }),
      container('c', { labels: APP }),
    );
    assert.deepEqual(
      upstreams[0]?.leftOut.map(({ reason }) => reason),
      [
        'is of compose project blog; discovery.projects counts shop',
        'is of no compose project; discovery.projects counts shop',
      ],
    );
    assert.equal(upstreams[0]?.servers.length, 1);
  });

  it('lets containers serve before their health check has passed, when told so', () => {
    const starting = container('a', { labels: APP, health: 'starting' });
    assert.equal(planned(LABELS_ALONE, starting).upstreams[0]?.servers.length, 0);
    assert.equal(planned({ ...LABELS_ALONE, starting: true }, starting).upstreams[0]?.servers.length, 1);
    const sick = container('a', { labels: APP, health: 'unhealthy' });
    assert.equal(planned({ ...LABELS_ALONE, starting: true }, sick).upstreams[0]?.servers.length, 0);
  });

  it('leaves out who is being stopped', () => {
    const { upstreams } = planned(
      { ...LABELS_ALONE, going: new Set([containerId('a')]) },
      container('a', { labels: APP }),
      container('b', { labels: APP }),
    );
    assert.deepEqual(
      [upstreams[0]?.servers.map(({ origin }) => origin), upstreams[0]?.leftOut[0]?.reason],
      [['b'], 'is being stopped'],
    );
  });

  it('leaves backups out where nginx takes none', () => {
    const backup = container('a', { labels: { ...APP, 'locum.backup': 'true' } });
    for (const [balance, count] of [
      ['least_conn', 1],
      ['ip_hash', 0],
      ['hash', 0],
      ['random', 0],
    ] as const) {
      const { upstreams } = planned(configured({ balance }), backup);
      assert.equal(upstreams[0]?.servers.length, count, balance);
      assert.equal(upstreams[0]?.leftOut.length, 1 - count, balance);
    }
  });
});

describe('containers that do not ask', () => {
  it('are named, but for the proxy and our own', () => {
    const { unasked } = planBackends(
      snapshotOf(
        container('db'),
        container('me', { labels: { 'locum.role': 'sidecar' } }),
        container('proxy'),
        container('app', { labels: APP }),
      ),
      { ...SCOPE, excluded: new Set([containerId('proxy')]) },
      nearest,
    );
    assert.deepEqual(unasked, ['db']);
  });
});

describe('containers of another host', () => {
  const far = (...containers: ContainerSnapshot[]): Circumstances => ({
    ...LABELS_ALONE,
    sites: [
      {
        name: 'far',
        snapshot: snapshotOf(...containers),
        scope: { excluded: new Set(), networks: { published: '198.18.51.12' as IpAddress } },
      },
    ],
  });
  const planned = (circumstances: Circumstances, ...own: ContainerSnapshot[]) =>
    planBackends(snapshotOf(...own), SCOPE, nearest, circumstances).upstreams[0];

  it('serve at its address by the port that is published for theirs, beside those here', () => {
    const published = [{ port: 8080, hostPort: 32_768 }];
    const upstream = planned(
      far(container('app-1', { labels: APP, published })),
      container('app-1', { labels: APP }),
    );
    assert.deepEqual(
      upstream?.servers.map(({ origin, address, port }) => `${origin}: ${address}:${port}`),
      ['app-1: 198.18.0.2:8080', 'app-1 on far: 198.18.51.12:32768'],
    );
  });

  it("serve by their own port on that host's network, and not at all when nothing is published", () => {
    const host = container('a', { labels: APP, networkMode: 'host', networks: [] });
    const hidden = container('b', { labels: APP, published: [{ port: 9000, hostPort: 9000 }] });
    const upstream = planned(far(host, hidden));
    assert.deepEqual(
      upstream?.servers.map(({ address, port }) => `${address}:${port}`),
      ['198.18.51.12:8080'],
    );
    assert.deepEqual(upstream?.leftOut, [
      {
        container: 'b on far',
        reason: 'is on another host and does not publish its port 8080 there',
        fix: 'publish it: ports: ["8080:8080"]',
      },
    ]);
  });
});
