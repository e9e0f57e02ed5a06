/**
 * The tutorials that users of nginx and keepalived come from, with their files as they were published: node 1 shows the virtual address,
 * node 2 does once nginx is stopped there, and node 1 again when it is back. Two nodes of Locum, and one of Locum beside one of
 * keepalived. The tutorial's own network, 192.168.19.0/24, is in namespaces without a way out.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Keepalived } from '../support/keepalived.ts';
import { type Host, type Lan, onLan } from '../support/lan.ts';
import type { InsideProcess } from '../support/namespace.ts';
import { Nginx } from '../support/nginx.ts';
import { MAIN, program, ROOT } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const PUBLISHED = join(ROOT, 'test', 'keepalived', 'published');
const INTERFACE = 'eth1';
const VIP = '192.168.19.154/24';
/** What the second file lacks: a space. */
const GLUED = 'mcast_src_ip192.168.19.155';
/** The start, or keepalived's three intervals and a check. */
const MOVES_WITHIN_MS = 15_000;

const NODE1 = readFileSync(join(PUBLISHED, 'tutorial-node1.conf'), 'utf8');
const NODE2 = readFileSync(join(PUBLISHED, 'tutorial-node2.conf'), 'utf8');
const NODE2_CORRECTED = NODE2.replace(GLUED, 'mcast_src_ip 192.168.19.155');

interface Node {
  readonly host: Host;
  readonly nginx: Nginx;
  /** What its program has said. */
  readonly said: () => string;
}

async function hostOf(lan: Lan, name: string, address: string): Promise<Host> {
  const host = await lan.host(name, address);
  for (const change of [['down'], ['name', INTERFACE], ['up']])
    await host.inside.run('ip', ['link', 'set', change[0] === 'up' ? INTERFACE : 'eth0', ...change]);
  return host;
}

/** What the tutorial tells its reader to look at. */
const shows = async ({ host }: Node): Promise<boolean> =>
  (await host.inside.run('ip', ['address', 'show', INTERFACE])).includes(`inet ${VIP}`);

async function onlyOn(expected: Node, nodes: readonly Node[]): Promise<void> {
  await waitFor(
    async () => {
      const all = await Promise.all(nodes.map(shows));
      return nodes.every((node, at) => all[at] === (node === expected));
    },
    {
      what: `${expected.host.name} alone shows ${VIP}`,
      deadlineMs: MOVES_WITHIN_MS,
      context: () => nodes.map(node => `--- ${node.host.name}\n${node.said()}`).join('\n'),
    },
  );
}

/** Locum as its users start it; the engine is one that nobody can ask. */
async function runLocum(host: Host, text: string): Promise<InsideProcess> {
  const file = join(host.folder, 'keepalived.conf');
  await writeFile(file, text);
  const args = [...program(), 'run', '--keepalived-conf', file];
  return host.inside.spawn('env', args, { env: environmentOf(host) });
}

const environmentOf = (host: Host): NodeJS.ProcessEnv => ({
  ...process.env,
  LOCUM_CONTROL__SOCKET: join(host.folder, 'locum.sock'),
  LOCUM_DRAIN__STATE_FILE: join(host.folder, 'drained.json'),
  LOCUM_DOCKER__HOST: `unix://${join(host.folder, 'docker.sock')}`,
});

async function locumNode(host: Host, text: string): Promise<Node> {
  const nginx = new Nginx(host);
  await nginx.start();
  const daemon = await runLocum(host, text);
  await waitFor(() => !daemon.running || daemon.output.includes('locum runs'), {
    what: `${host.name}: Locum runs`,
    deadlineMs: 40_000,
    context: () => daemon.output,
  });
  assert.ok(daemon.running, daemon.output);
  return { host, nginx, said: () => daemon.output };
}

async function keepalivedNode(host: Host, text: string): Promise<Node> {
  const nginx = new Nginx(host);
  await nginx.start();
  const keepalived = new Keepalived(host);
  await keepalived.run(text);
  return { host, nginx, said: () => keepalived.log };
}

interface Pair {
  readonly title: string;
  readonly node1: (host: Host) => Promise<Node>;
  readonly node2: (host: Host) => Promise<Node>;
}

const PAIRS: readonly Pair[] = [
  {
    title: 'two nodes of Locum',
    node1: host => locumNode(host, NODE1),
    node2: host => locumNode(host, NODE2_CORRECTED),
  },
  {
    title: 'two nodes of Locum, the second with its file as it was published',
    node1: host => locumNode(host, NODE1),
    node2: host => locumNode(host, NODE2),
  },
  {
    title: 'Locum, and keepalived as node 2',
    node1: host => locumNode(host, NODE1),
    node2: host => keepalivedNode(host, NODE2_CORRECTED),
  },
  {
    title: 'keepalived as node 1, and Locum',
    node1: host => keepalivedNode(host, NODE1),
    node2: host => locumNode(host, NODE2_CORRECTED),
  },
];

describe('the tutorial does what it promises', { concurrency: true }, () => {
  for (const { title, node1: start1, node2: start2 } of PAIRS)
    test(title, () =>
      onLan(async lan => {
        const [node1, node2] = await Promise.all([
          hostOf(lan, 'node1', '192.168.19.132/24').then(start1),
          hostOf(lan, 'node2', '192.168.19.155/24').then(start2),
        ]);
        const both = [node1, node2];
        await onlyOn(node1, both);
        await node1.nginx.stop();
        await onlyOn(node2, both);
        await node1.nginx.start();
        await onlyOn(node1, both);
      }),
    );
});

describe('the published file of node 2', () => {
  test('runs, with a warning that names line, reason and fix, and one about the engine', () =>
    onLan(async lan => {
      const host = await hostOf(lan, 'node2', '192.168.19.155/24');
      const { said } = await locumNode(host, NODE2);
      const warnings = said()
        .split('\n')
        .flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as Record<string, string>] : []))
        .filter(({ fix }) => fix !== undefined);
      const glued = warnings.find(({ path }) => path === 'vrrp_instance VI_1 mcast_src_ip');
      assert.equal(glued?.['source'], `${join(host.folder, 'keepalived.conf')}:10`);
      assert.match(glued?.['msg'] ?? '', /has no space before its value \("mcast_src_ip192\.168\.19\.155"\)/);
      assert.equal(glued?.['fix'], 'write mcast_src_ip 192.168.19.155');
      const engine = warnings.filter(({ msg }) =>
        /labels do not count, and nothing else needs it/.test(msg ?? ''),
      );
      assert.equal(engine.length, 1, said());
      assert.equal(warnings.length, 3, said());
    }));

  test('does not pass the check', () =>
    onLan(async lan => {
      const host = await hostOf(lan, 'node2', '192.168.19.155/24');
      const checked = async (text: string) => {
        const file = join(host.folder, 'keepalived.conf');
        await writeFile(file, text);
        const process_ = await host.inside.spawn(
          process.execPath,
          [MAIN, 'check', '--keepalived-conf', file],
          {
            env: environmentOf(host),
          },
        );
        return { ...(await process_.exit), output: process_.output, file };
      };
      const published = await checked(NODE2);
      assert.equal(published.code, 2, published.output);
      assert.match(
        published.output,
        /error: vrrp_instance VI_1 mcast_src_ip: .*\n {4}from: .*keepalived\.conf:10\n {4}fix: {2}write mcast_src_ip 192\.168\.19\.155/,
      );
      const corrected = await checked(NODE2_CORRECTED);
      assert.equal(corrected.code, 0, corrected.output);
    }));
});
