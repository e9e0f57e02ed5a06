/** A full disk under the rendered file: said once, counted, the last file stays and the service goes on. */

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { FakeEngine } from '../support/fake-engine.ts';
import { Lan } from '../support/lan.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

const LABELS = { 'locum.upstream': 'app', 'locum.port': '8080' };

test('a full disk for the rendered file: logged once, counted, and the address stays', async () => {
  const lan = await Lan.create();
  const engine = await new FakeEngine().start();
  try {
    engine.put('app-1', { Labels: LABELS });
    const node = await LocumNode.create(lan, 'node-a', {
      address: '198.18.51.11/24',
      priority: 100,
      sections: { docker: { enabled: true, host: engine.host } },
    });
    await node.nginx.start();
    const folder = dirname(node.nginx.upstreamsFile);
    await node.host.inside.run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    await node.configure({ priority: 100, sections: { docker: { enabled: true, host: engine.host } } });
    await node.startDaemon();
    await masterIs(node, [node]);
    const servers = async (): Promise<number | undefined> =>
      (await node.status()).upstreams?.upstreams.find(({ name }) => name === 'app')?.servers.length;
    await waitFor(async () => (await servers()) === 1, {
      what: 'the first backend is rendered',
      deadlineMs: 10_000,
    });
    const file = (): Promise<string> => node.host.inside.run('cat', [node.nginx.upstreamsFile]);
    const before = await file();

    await node.host.inside.run('sh', ['-c', `cat /dev/zero > ${join(folder, 'filler')} || true`]);
    for (let i = 2; i <= 60; i += 1) engine.put(`app-${i}`, { Labels: LABELS });
    engine.dropStreams();
    const failures = async (): Promise<number> => (await node.status()).upstreams?.failures ?? 0;
    await waitFor(async () => (await failures()) > 0, {
      what: 'the failed write is counted',
      deadlineMs: 20_000,
    });
    const counted = await failures();
    for (let i = 61; i <= 62; i += 1) engine.put(`app-${i}`, { Labels: LABELS });
    engine.dropStreams();
    await waitFor(async () => (await failures()) > counted, { what: 'the next one too', deadlineMs: 20_000 });

    const said = node.daemon.lines.filter(line => line.includes('ENOSPC'));
    assert.equal(said.length, 1, said.join('\n'));
    assert.equal(await file(), before);
    assert.equal((await node.router()).state, 'master');
    assert.ok(await node.holds());

    await node.host.inside.run('rm', [join(folder, 'filler')]);
    engine.dropStreams();
    await waitFor(async () => (await file()).includes('# app-62\n'), {
      what: 'the file follows again',
      deadlineMs: 20_000,
    });
    await node.daemon.stop();
  } finally {
    await lan.close();
    await engine.remove();
  }
});
