/** compose/TROUBLESHOOTING.md and README.md: each symptom is brought about, each command shown with it is run, and prints what the guide says. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FakeEngine } from '../support/fake-engine.ts';
import { missingLine, shownCommands, withoutFigures } from '../support/guide.ts';
import { Keepalived } from '../support/keepalived.ts';
import { type Host, Lan } from '../support/lan.ts';
import { LocumNode, masterIs, type NodeOptions, VIP_CIDR } from '../support/node.ts';
import { MAIN, ROOT } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const A = { address: '198.18.51.11/24', priority: 100 };
const B = { address: '198.18.51.12/24', priority: 98 };
const QUICK = { router: { 'advert-interval': '200ms' } };
const DEADLINE_MS = 15_000;

const DROP_ALL =
  'add table ip guard; add chain ip guard in { type filter hook input priority 0; policy drop; }';

/** What a play leaves to be looked at: its hosts, and its nodes among them. */
type Stage = Readonly<Record<string, LocumNode | Host>>;

const until = (what: string, seen: () => Promise<boolean>): Promise<true> =>
  waitFor(async () => ((await seen()) ? true : undefined), { what, deadlineMs: DEADLINE_MS });

async function pair(lan: Lan, a: Partial<NodeOptions> = {}, b: Partial<NodeOptions> = {}) {
  const nodes = await Promise.all([
    LocumNode.start(lan, 'node-a', { ...A, ...QUICK, ...a }),
    LocumNode.start(lan, 'node-b', { ...B, ...QUICK, ...b }),
  ]);
  return { 'node-a': nodes[0], 'node-b': nodes[1] };
}

const password = (text: string) => ({
  router: { 'advert-interval': '1s', version: 2, auth: { type: 'pass', password: text } },
});

/** `later`: what is undone at the end, beside the LAN. */
type Play = (lan: Lan, later: (undo: () => Promise<void>) => void) => Promise<Stage>;

const PLAYS: Readonly<Record<string, Play>> = {
  'nobody-fault': async lan => {
    const track = { track: { nginx: { type: 'process', name: 'nginx', weight: 0 } } };
    const stage = await pair(lan, track, track);
    await masterIs(stage['node-a'], Object.values(stage));
    for (const node of Object.values(stage)) {
      node.nginx.kill();
      await node.becomes('fault');
      await until('the next check was', async () =>
        (await node.router()).contributions.every(({ detail }) => detail.startsWith('no process')),
      );
    }
    return stage;
  },
  'both-password': async lan => {
    const stage = await pair(lan, password('one'), password('other'));
    for (const node of Object.values(stage)) await node.becomes('master');
    await until('it is refused', async () => (await stage['node-a'].router()).refused.length > 0);
    return stage;
  },
  'both-filter': async lan => {
    const stage = await pair(lan);
    await stage['node-b'].host.inside.run('nft', [DROP_ALL]);
    for (const node of Object.values(stage)) await node.becomes('master');
    return stage;
  },
  flaps: async lan => {
    const stage = await pair(lan);
    const node = stage['node-a'];
    await masterIs(node, Object.values(stage));
    for (const master of ['node-b', 'node-a', 'node-b', 'node-a'] as const) {
      if (master === 'node-b') node.nginx.kill();
      else await node.nginx.start();
      await masterIs(stage[master], Object.values(stage));
    }
    return stage;
  },
  clients: async lan => {
    const stage = await pair(lan);
    await masterIs(stage['node-a'], Object.values(stage));
    const client = await lan.host('client', '198.18.51.50/24');
    await client.inside.run('bash', ['-c', 'exec 3<>/dev/tcp/198.18.51.100/80']);
    stage['node-a'].nginx.kill();
    await masterIs(stage['node-b'], Object.values(stage));
    return { ...stage, client };
  },
  keepalived: async lan => {
    const node = await LocumNode.start(lan, 'node-a', A);
    const host = await lan.host('node-b', '198.18.51.12/24');
    await new Keepalived(host).start({ priority: 90, version: 2 });
    await until('it is refused', async () => (await node.router()).refused.length > 0);
    return { 'node-a': node };
  },
  upstream: async (lan, later) => {
    const engine = await new FakeEngine().start();
    later(() => engine.remove());
    engine.put('app-1', { Labels: { 'locum.upstream': 'app', 'locum.port': '8080' } });
    engine.put('app-2', { Labels: { 'locum.upstream': 'app' } });
    engine.put('app-3', { Labels: { 'locum.upsteam': 'app', 'locum.port': '8080' } });
    const docker = { enabled: true, host: engine.host };
    const node = await LocumNode.start(lan, 'node-a', { ...A, sections: { docker } });
    await until('app-1 is in', async () => ((await node.status()).upstreams?.upstreams.length ?? 0) > 0);
    return { 'node-a': node };
  },
  reload: async lan => {
    const stage = await pair(lan);
    await masterIs(stage['node-a'], Object.values(stage));
    const { configFile } = stage['node-a'];
    writeFileSync(configFile, readFileSync(configFile, 'utf8').replace('priority: 100', 'priority: 300'));
    return stage;
  },
  doctor: async lan => {
    const node = await LocumNode.create(lan, 'node-a', A);
    await node.nginx.start();
    // As in a container of Docker's.
    await node.host.inside.run('ip', ['-6', 'address', 'flush', 'dev', 'eth0']);
    await node.host.inside.run('nft', [DROP_ALL]);
    const other = await lan.host('other', '198.18.51.12/24', VIP_CIDR);
    return { 'node-a': node, other };
  },
  'drain-alone': async lan => {
    const node = await LocumNode.start(lan, 'node-a', { ...A, ...QUICK });
    await masterIs(node, [node]);
    return { 'node-a': node };
  },
};

async function printed(of: LocumNode | Host | undefined, command: string): Promise<string> {
  assert.ok(of, 'a host of the play');
  const host = of instanceof LocumNode ? of.host : of;
  const [program, ...words] = command.split(' ');
  const setting = of instanceof LocumNode ? [`LOCUM_CONFIG=${of.configFile}`] : [];
  const own = program === 'locum' ? [process.execPath, MAIN] : [program ?? ''];
  const { stdout, stderr } = await host.inside.exec('env', [...setting, ...own, ...words]);
  return `${stdout}${stderr}`;
}

const guide = readFileSync(join(ROOT, 'compose', 'TROUBLESHOOTING.md'), 'utf8');
const shown = [guide, readFileSync(join(ROOT, 'README.md'), 'utf8')].flatMap(shownCommands);

describe('what the guide shows is what the commands print', () => {
  for (const [name, play] of Object.entries(PLAYS))
    test(name, async t => {
      const commands = shown.filter(each => each.play === name);
      assert.ok(commands.length > 0, 'the guide shows it');
      const lan = await Lan.create();
      const undos = [() => lan.close()];
      try {
        const stage = await play(lan, undo => void undos.push(undo));
        for (const { host, command, lines } of commands) {
          const text = await printed(stage[host], command);
          if (process.env['SHOW'] === '1') t.diagnostic(`$ ${command}\n${text}`);
          assert.equal(missingLine(lines, text, withoutFigures), undefined, `${host}$ ${command}\n${text}`);
        }
      } finally {
        for (const undo of undos) await undo();
      }
    });

  test('keepalived has the messages that the guide quotes', () => {
    const [, table = ''] = /\| keepalived logs \|.*\n.*\n([\s\S]*?)\n\n/.exec(guide) ?? [];
    const cells = table.split('\n').map(row => row.split(' | ')[0] ?? '');
    const messages = cells.flatMap(cell =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
    );
    assert.ok(messages.length > 5);
    const path = execFileSync('sh', ['-c', 'command -v keepalived'], { encoding: 'utf8' }).trim();
    const program = readFileSync(path, 'latin1');
    for (const message of messages)
      for (const part of message.split('…')) assert.ok(program.includes(part.trim()), `${message}: ${part}`);
  });

  test('and it shows nothing else', () => {
    for (const { play, command } of shown) assert.ok(Object.hasOwn(PLAYS, play), `${play}: ${command}`);
  });
});
