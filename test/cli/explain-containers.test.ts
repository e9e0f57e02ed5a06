/** `locum explain` over the containers of an engine: which make a node, what it is configured with, and what is said when that cannot be told. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { readNodes } from '../../src/app/engine-nodes.ts';
import { containerId } from '../support/containers.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { locum, type Outcome } from './support.ts';

const engine = new FakeEngine();
let folder = '';
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'locum-explain-containers-test-'));
  await engine.start();
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await engine.remove();
});

const SIDECAR = { 'locum.role': 'sidecar' };
const service = (name: string) => ({ 'com.docker.compose.service': name });

const LABELS = {
  'locum.vrid': '51',
  'locum.vip': '198.18.51.100/24',
  'locum.track.nginx.type': 'process',
  'locum.track.nginx.name': 'nginx',
  'locum.track.nginx.weight': '-30',
};

const PEER = 'vrid: 51\nvip: 198.18.51.100/24\npriority: 90\n';

interface Node {
  readonly labels?: Readonly<Record<string, string>>;
  readonly environment?: readonly string[];
  readonly daemon?: Readonly<Record<string, unknown>>;
}

/** A node as compose/pair.yaml makes it: a holder that sleeps, nginx and the daemon in its network. */
function putNode(letter: string, { labels = LABELS, environment = [], daemon = {} }: Node = {}): void {
  const joined = { NetworkMode: `container:${containerId(`pair-node-${letter}-1`)}` };
  engine.put(`pair-node-${letter}-1`, {
    Labels: { ...SIDECAR, ...service(`node-${letter}`) },
    Path: 'sleep',
    Args: ['infinity'],
  });
  engine.put(`pair-nginx-${letter}-1`, {
    Labels: { ...labels, ...service(`nginx-${letter}`) },
    HostConfig: joined,
  });
  engine.put(`pair-locum-${letter}-1`, {
    Labels: { ...SIDECAR, ...service(`locum-${letter}`) },
    HostConfig: joined,
    Path: 'locum',
    Args: ['run'],
    Config: { Env: ['PATH=/bin', ...environment] },
    ...daemon,
  });
}

async function explain(...words: readonly string[]): Promise<Outcome> {
  return locum(['explain', ...words], {
    stdin: PEER,
    environment: { LOCUM_DOCKER__HOST: engine.host, LOCUM_PRIORITY: '7' },
    dependencies: { readNodes },
  });
}

async function refused(...words: readonly string[]): Promise<string> {
  const { code, out, err } = await explain(...words);
  assert.deepEqual([code, out], [2, ''], err);
  assert.match(err, /\n {4}from: \S.*\n {4}fix: {2}\S.*\nNothing can be explained\.\n$/);
  return err;
}

beforeEach(() => {
  engine.containers = [];
  engine.requests.length = 0;
  engine.listing = 'well';
});

describe('explain finds the nodes of the engine', () => {
  it('and gives each the layers of its daemon', async () => {
    putNode('a', { environment: ['LOCUM_PRIORITY=110', 'LOCUM_TRACK__NGINX__WEIGHT=-20'] });
    putNode('b', { labels: { ...LABELS, 'locum.priority': '98' } });
    engine.put('pair-app-1', { Labels: { 'locum.upstream': 'app', 'locum.port': '8080' } });
    const { code, out, err } = await explain();
    assert.deepEqual([code, err], [0, '']);
    assert.match(
      out,
      /^ {2}nginx-a +110 +110 .* labels of pair-nginx-a-1,\n +environment of\n +pair-locum-a-1\n/m,
    );
    assert.match(out, /^ {2}nginx-b +98 +98 .* labels of pair-nginx-b-1,$/m);
    assert.match(out, /^works +nginx failing on nginx-a moves the address to nginx-b: its weight of 20/m);
    for (const line of out.split('\n')) assert.ok(line.length <= 100, `too wide: ${line}`);
  });

  it('by GET alone, and shows nothing secret', async () => {
    const secret = [
      'LOCUM_VERSION=2',
      'LOCUM_AUTH__TYPE=pass',
      'LOCUM_AUTH__PASSWORD=geheim',
      'TOKEN=streng',
    ];
    putNode('a', { environment: secret });
    putNode('b', { environment: [...secret, 'LOCUM_PRIORITY=x'] });
    const wrong = await refused();
    assert.match(
      wrong,
      /priority: .*\(is "x"\)\n {4}from: environment LOCUM_PRIORITY of container pair-locum-b-1/,
    );
    putNode('b', { environment: secret });
    const { code, out, err } = await explain('--json');
    assert.equal(code, 0, out);
    for (const word of ['geheim', 'streng'])
      for (const text of [wrong, out, err]) assert.ok(!text.includes(word), word);
    assert.ok(engine.requests.every(request => request.startsWith('GET ')));
  });

  it('or those that are named, mixed with files', async () => {
    putNode('a');
    putNode('b', { labels: { ...LABELS, 'locum.priority': '98' } });
    const file = join(folder, 'peer.yaml');
    writeFileSync(file, PEER);
    const nodesIn = async (...words: readonly string[]) => {
      const { code, out, err } = await explain(...words, '--json');
      assert.equal(code, 0, `${out}${err}`);
      const { routers } = JSON.parse(out) as { routers: { nodes: { name: string }[] }[] };
      return routers.flatMap(({ nodes }) => nodes.map(({ name }) => name));
    };
    assert.deepEqual(await nodesIn('docker:pair-nginx-b-1', file), ['nginx-b', 'peer']);
    assert.deepEqual(await nodesIn('docker:locum-a', 'docker:nginx-b'), ['nginx-a', 'nginx-b']);
    assert.deepEqual(await nodesIn(`docker:${containerId('pair-nginx-a-1')}`, file), ['nginx-a', 'peer']);
    assert.deepEqual(await nodesIn('docker:nginx-a', '-'), ['nginx-a', 'stdin']);
    assert.deepEqual(await nodesIn(file, '--docker'), ['peer', 'nginx-a', 'nginx-b']);
    assert.deepEqual(await nodesIn('docker:nginx-b', '--docker'), ['nginx-b', 'nginx-a']);
  });

  it('on the network of the host, where other containers are too', async () => {
    const host = { HostConfig: { NetworkMode: 'host' } };
    engine.put('node', { Labels: SIDECAR, Path: 'sleep', Args: ['infinity'], ...host });
    engine.put('nginx', { Labels: { 'locum.enable': 'true', ...LABELS }, ...host });
    engine.put('exporter', host);
    engine.put('locum', { Labels: SIDECAR, Path: 'locum', Args: ['run'], ...host });
    const { code, out } = await explain();
    assert.equal(code, 0);
    assert.match(out, /^ {2}nginx +100 .* labels of nginx,/m);
    assert.match(out, /there is no other node/);
  });

  it('but no container of the image that is no daemon, and none that ended', async () => {
    putNode('a');
    engine.put('tool', { Labels: SIDECAR, Path: 'locum', Args: ['explain'] });
    engine.put('old-nginx', { Labels: LABELS, State: 'exited', HostConfig: { NetworkMode: 'old' } });
    const { code, out } = await explain();
    assert.equal(code, 0);
    assert.ok(!out.includes('old-nginx') && !out.includes('tool'));
  });
});

describe('explain warns', () => {
  it('of a file that lies within the container', async () => {
    putNode('a', { daemon: { Mounts: [{ Destination: '/run/locum' }, { Destination: '/etc/locum' }] } });
    putNode('b', {
      environment: ['LOCUM_CONFIG=/my/locum.yaml'],
      labels: { ...LABELS, 'locum.priority': '9' },
    });
    const { code, err } = await explain();
    assert.equal(code, 0);
    assert.match(
      err,
      /^warning: file: pair-locum-a-1 reads \/etc\/locum, which cannot be seen from outside/m,
    );
    assert.match(err, /^warning: file: pair-locum-b-1 reads \/my\/locum\.yaml/m);
  });

  it('of every file that the command of the daemon names, however it does', async () => {
    putNode('a', { daemon: { Args: ['run', '--config=/my/a.yaml', '--keepalived-conf', '/my/a.conf'] } });
    putNode('b', {
      daemon: { Args: ['run', '--keepalived-conf=/my/b.conf', '--config', '/my/b.yaml'] },
      labels: { ...LABELS, 'locum.priority': '9' },
    });
    const { code, err } = await explain();
    assert.equal(code, 0);
    for (const node of ['a', 'b'])
      for (const file of ['yaml', 'conf'])
        assert.match(
          err,
          new RegExp(`^warning: file: pair-locum-${node}-1 reads /my/${node}\\.${file}, which cannot`, 'm'),
        );
    assert.equal(err.match(/^warning: file:/gm)?.length, 4);
  });

  it('of a proxy without a sidecar, and of a sidecar without a proxy', async () => {
    putNode('a');
    engine.forget('pair-locum-a-1');
    putNode('b', { environment: ['LOCUM_VRID=51', 'LOCUM_VIP=198.18.51.100/24', 'LOCUM_PRIORITY=98'] });
    engine.forget('pair-nginx-b-1');
    const { code, out, err } = await explain();
    assert.equal(code, 0, err);
    assert.match(err, /no sidecar is beside pair-nginx-a-1/);
    assert.match(err, /the proxy of pair-locum-b-1 was not found/);
    assert.match(out, /^ {2}locum-b +98 .* environment of$/m);
  });
});

describe('explain with labels of another prefix', () => {
  const ACME = Object.fromEntries(
    Object.entries(LABELS).map(([label, value]) => [label.replace('locum', 'acme.ha'), value]),
  );
  const explainAcme = (prefix: string) =>
    locum(['explain', '--docker'], {
      environment: { LOCUM_DOCKER__HOST: engine.host, LOCUM_DOCKER__LABEL_PREFIX: prefix },
      dependencies: { readNodes },
    });

  it('reads those of daemons that do so too', async () => {
    const environment = ['LOCUM_DOCKER__LABEL_PREFIX=acme.ha'];
    putNode('a', { labels: { ...ACME, 'acme.ha.priority': '110', 'locum.priority': '7' }, environment });
    putNode('b', { labels: { ...ACME, 'acme.ha.prioritty': '98' }, environment });
    const { code, err } = await explainAcme('acme.ha');
    assert.equal(code, 2);
    assert.match(err, /prioritty: is not a setting\n.*label acme\.ha\.prioritty on container pair-nginx-b-1/);
    putNode('b', { labels: { ...ACME, 'acme.ha.priority': '98' }, environment });
    const { out } = await explainAcme('acme.ha');
    assert.match(out, /^ {2}nginx-a +110 +110 /m);
    assert.match(out, /^ {2}nginx-b +98 +98 /m);
  });

  it('says which daemon reads others than it was told of', async () => {
    putNode('a', { labels: ACME, environment: ['LOCUM_DOCKER__LABEL_PREFIX=acme.ha'] });
    const { err } = await explainAcme('locum');
    assert.match(err, /pair-locum-a-1 reads labels that begin with acme\.ha, and here .* is locum/);
    assert.match(err, /fix: {2}set LOCUM_DOCKER__LABEL_PREFIX=acme\.ha for this command/);
    assert.match(err, /labels acme\.ha\.vrid=51 and acme\.ha\.vip=/);
  });
});

describe('explain refuses', () => {
  it('an engine without nodes', async () => {
    engine.put('app', { Labels: { 'locum.upstream': 'app' } });
    assert.match(await refused(), /no container of unix:.* is a Locum node/);
    assert.match(await refused('--docker'), /no container of/);
  });

  it('names that are no node, or more than one', async () => {
    putNode('a');
    putNode('b');
    assert.match(
      await refused('docker:nginx', 'docker:nginx-b'),
      /docker:nginx is no node of unix:.*; there are pair-nginx-a-1, pair-nginx-b-1/,
    );
    engine.put('other-nginx-1', {
      Labels: { ...LABELS, ...service('nginx-a') },
      HostConfig: { NetworkMode: 'x' },
    });
    assert.match(await refused('docker:nginx-a'), /docker:nginx-a means other-nginx-1, pair-nginx-a-1/);
    assert.match(await refused('docker:nginx-b', 'docker:nginx-b'), /docker:nginx-b is given twice/);
  });

  it('an engine that does not answer', async () => {
    engine.listing = 'error';
    assert.match(await refused(), /cannot list containers .*engine is ill/);
    await engine.stop();
    assert.match(
      await refused(),
      /docker\.host: cannot list containers on the Docker engine at unix:.*\n {4}from: docker\.host unix:/,
    );
  });
});
