/** A daemon that is told of another prefix: its labels count from the engine to nginx's file, those of the default one do not. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { FakeEngine } from '../support/fake-engine.ts';
import { Lan } from '../support/lan.ts';
import { LocumNode } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

test('labels of another prefix make upstreams, and are named in what is told', async () => {
  const lan = await Lan.create();
  const engine = new FakeEngine();
  try {
    await engine.start();
    engine.put('app-1', { Labels: { 'acme.ha.upstream': 'app', 'acme.ha.prot': '80' } });
    engine.put('app-2', { Labels: { 'locum.upstream': 'app' } });
    engine.put('app-3', { Labels: { 'acme.ha.upstream': 'app' }, Ports: [] });
    const node = await LocumNode.create(lan, 'node-a', {
      address: '198.18.51.11/24',
      priority: 100,
      sections: { docker: { enabled: true, host: engine.host, 'label-prefix': 'acme.ha' } },
    });
    await node.nginx.start();
    await node.startDaemon();
    const file = await waitFor(
      async () => {
        const text = await readFile(node.nginx.upstreamsFile, 'utf8').catch(() => '');
        return text.includes('# app-1') ? text : undefined;
      },
      { what: 'the upstreams are rendered', deadlineMs: 10_000 },
    );
    assert.ok(!file.includes('app-2'), file);
    const told = (await node.locum('upstreams')).stdout;
    assert.match(told, /unknown label "acme\.ha\.prot"; did you mean acme\.ha\.port\?/);
    assert.match(told, /out +app-3 +label acme\.ha\.port is missing/);
    assert.match(told, /Without a label that asks for it: app-2/);
  } finally {
    await lan.close();
    await engine.remove();
  }
});
