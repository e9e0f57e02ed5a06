/**
 * `locum run --record` on real nodes, and `locum replay` of what it wrote: hand-over, takeover, flapping, drain, and disks that fail.
 * `KEEP_RECORDINGS=test/vrrp/recordings` writes what the scenarios recorded there anew.
 */

import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Lan } from '../support/lan.ts';
import { LocumNode, masterIs, VIP_CIDR } from '../support/node.ts';
import { MAIN, ROOT } from '../support/paths.ts';
import { assertAgrees, type Played, transitionsOf } from '../support/recording.ts';
import { waitFor } from '../support/wait.ts';

const A = { address: '198.18.51.11/24', priority: 100 };
const B = { address: '198.18.51.12/24', priority: 98 };
const PROMPT_MS = 3_000;

const recordingOf = (node: LocumNode, name: string): string => join(node.host.folder, `${name}.jsonl`);

/** Both nodes run, recorded, until the play is over. */
async function recorded(
  name: string,
  [a, b]: readonly [LocumNode, LocumNode],
  act: () => Promise<void>,
): Promise<readonly [Played, Played]> {
  const nodes = [a, b];
  try {
    await Promise.all(nodes.map(node => node.startDaemon('--record', recordingOf(node, name))));
    await masterIs(a, nodes);
    await act();
  } finally {
    await Promise.all(nodes.map(node => node.daemon.stop()));
  }
  return Promise.all([replayed(a, name), replayed(b, name)]);
}

/** Held against the core of this version, by the library as by the command. */
async function replayed(node: LocumNode, name: string): Promise<Played> {
  const path = recordingOf(node, name);
  const { code, stdout, stderr } = await node.host.inside.exec(process.execPath, [MAIN, 'replay', path]);
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, /the replay agrees with what was recorded/);
  const folder = process.env['KEEP_RECORDINGS'];
  if (folder !== undefined)
    await writeFile(join(ROOT, folder, `${name}-${node.name}.jsonl`), await readFile(path));
  return assertAgrees(await readFile(path, 'utf8'));
}

const happened = async (node: LocumNode, what: string, seen: () => Promise<boolean>): Promise<void> => {
  await waitFor(seen, { what, deadlineMs: PROMPT_MS * 4, context: () => node.daemon.output });
};

describe('a pair, recorded and replayed', () => {
  let lan: Lan;
  let pair: readonly [LocumNode, LocumNode];
  before(async () => {
    lan = await Lan.create();
    pair = await Promise.all([LocumNode.create(lan, 'node-a', A), LocumNode.create(lan, 'node-b', B)]);
    await Promise.all(pair.map(node => node.nginx.start()));
  });
  after(() => lan.close());

  test('a hand-over: nginx is killed, and started again', async () => {
    const [a, b] = pair;
    const [first, second] = await recorded('hand-over', pair, async () => {
      a.nginx.kill();
      await masterIs(b, pair);
      await a.nginx.start();
      await masterIs(a, pair);
      assert.equal((await stat(recordingOf(a, 'hand-over'))).mode & 0o777, 0o600);
      assert.equal((await a.status()).drops['recording lines'], 0);
    });
    assert.match(transitionsOf(first).join('\n'), /master -> backup \(higher-priority\)/);
    assert.match(transitionsOf(second).join('\n'), /backup -> master \(master-yielded\)/);
    const notes = first.all.flatMap(each => (each.kind === 'note' ? [`${each.subject}: ${each.text}`] : []));
    assert.match(notes.join('\n'), /nginx: nginx is down/);
  });

  test('a takeover: the master is killed', async () => {
    const [a, b] = pair;
    const [first, second] = await recorded('takeover', pair, async () => {
      a.daemon.signal('SIGKILL');
      await b.becomes('master');
    });
    assert.ok(first.steps.length > 0, 'what was written until then is there');
    assert.match(transitionsOf(second).join('\n'), /backup -> master \(master-silent\)/);
  });

  test('a tracker that flaps', async () => {
    const [a] = pair;
    const [first] = await recorded('flapping', pair, async () => {
      for (let i = 0; i < 3; i++) {
        a.nginx.kill();
        await happened(a, 'nginx is missed', async () => (await a.router()).effectivePriority === 70);
        await a.nginx.start();
        await happened(a, 'nginx is back', async () => (await a.router()).effectivePriority === 100);
      }
      await masterIs(a, pair);
    });
    const priorities = first.steps.flatMap(({ line: { input } }) =>
      input.type === 'parameters' ? [input.parameters.priority] : [],
    );
    assert.deepEqual(priorities.slice(-6), [70, 100, 70, 100, 70, 100]);
  });

  test('a drain and its end', async () => {
    const [a, b] = pair;
    const [first] = await recorded('drain', pair, async () => {
      assert.equal((await a.locum('drain')).code, 0);
      await masterIs(b, pair);
      assert.equal((await a.locum('undrain')).code, 0);
      await masterIs(a, pair);
    });
    assert.match(transitionsOf(first).join('\n'), /backup -> fault \(fault\): drained by an operator/);
  });
});

test('a reload: what changes and who comes is in the recording, and the replay agrees', async () => {
  const lan = await Lan.create();
  try {
    const node = await LocumNode.start(lan, 'node-a', A);
    await node.daemon.stop();
    const path = recordingOf(node, 'reload');
    await node.startDaemon('--record', path);
    await masterIs(node, [node]);
    const web = { vrid: 51, vip: [VIP_CIDR], interface: 'eth0', priority: 90 };
    const mail = { vrid: 52, vip: ['198.18.51.101/24'], interface: 'eth0', priority: 100 };
    await node.configure({ priority: 90, sections: { vrrp: { web, mail } } });
    const { code, stdout, stderr } = await node.locum('reload');
    assert.equal(code, 0, `${stdout}${stderr}`);
    await happened(node, 'both are masters', async () =>
      (await node.status()).routers.every(({ state }) => state === 'master'),
    );
    await node.daemon.stop();
    const { all, steps } = assertAgrees(await readFile(path, 'utf8'));
    const introduced = all.flatMap(each => (each.kind === 'router' ? [each.router] : []));
    assert.deepEqual(introduced, ['web', 'mail']);
    assert.ok(
      steps.some(({ line, after: { parameters } }) => line.router === 'web' && parameters.priority === 90),
    );
  } finally {
    await lan.close();
  }
});

describe('a disk that fails under a recording', () => {
  let lan: Lan;
  let node: LocumNode;
  before(async () => {
    lan = await Lan.create();
    node = await LocumNode.create(lan, 'node-a', { ...A, router: { 'advert-interval': '10ms' } });
    await node.nginx.start();
  });
  after(() => lan.close());

  const lost = async (): Promise<number> => (await node.status()).drops['recording lines'] ?? 0;

  test('full, and free again: said once, counted, the address stays, and the recording goes on', async () => {
    const folder = join(node.host.folder, 'disk');
    await mkdir(folder);
    await node.host.inside.run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    await node.startDaemon('--record', join(folder, 'web.jsonl'));
    await masterIs(node, [node]);
    await happened(node, 'lines are lost', async () => (await lost()) > 0);
    const said = node.daemon.lines.filter(line => line.includes('ENOSPC'));
    assert.equal(said.length, 1, said.join('\n'));
    assert.ok(await node.holds());
    await node.host.inside.run('mount', ['-o', 'remount,size=4m', folder]);
    await happened(node, 'it goes on', async () => node.daemon.output.includes('the recording goes on'));
    await node.daemon.stop();
    const { all } = assertAgrees(await node.host.inside.run('cat', [join(folder, 'web.jsonl')]));
    assert.ok(all.some(each => each.kind === 'recording' && each.lost > 0));
  });

  test('a folder that vanishes and comes back', async () => {
    const folder = join(node.host.folder, 'gone');
    await mkdir(folder);
    await node.startDaemon('--record', join(folder, 'web.jsonl'));
    await masterIs(node, [node]);
    await rm(folder, { recursive: true });
    await happened(node, 'it is said', async () => node.daemon.output.includes('was removed or replaced'));
    await mkdir(folder);
    await happened(node, 'it goes on', async () => node.daemon.output.includes('the recording goes on'));
    assert.ok(await node.holds());
    await node.daemon.stop();
    assertAgrees(await readFile(join(folder, 'web.jsonl'), 'utf8'));
  });

  test('a file that cannot be opened: nothing is started', async () => {
    const daemon = await node.spawnDaemon('--record', join(node.host.folder, 'none', 'web.jsonl'));
    const { code } = await daemon.exit;
    assert.equal(code, 2);
    assert.match(daemon.output, /error: cannot open the recording .*ENOENT.*; make its folder first/);
    assert.match(daemon.output, /Locum does not start; nothing was touched\./);
  });
});
