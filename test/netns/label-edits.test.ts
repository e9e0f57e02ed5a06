/** A thousand edits of labels, hostile ones among them, while Locum follows the engine: nginx never sees a configuration that it refuses. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakeEngine } from '../support/fake-engine.ts';
import { anyLabels } from '../support/hostile-labels.ts';
import { Lan } from '../support/lan.ts';
import { LocumNode } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

const EDITS = 1_000;
const CONTAINERS = 40;
/** Edits between two looks of the engine's clients: some tens of renderings in all. */
const EDITS_AT_ONCE = 50;

test('nginx refuses nothing through a thousand edits, and serves the last', async () => {
  const lan = await Lan.create();
  const engine = new FakeEngine();
  try {
    await engine.start();
    const node = await LocumNode.create(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 });
    await node.nginx.start();
    const docker = { enabled: true, host: engine.host };
    await node.configure({ priority: 100, sections: { docker } });
    await node.startDaemon();
    const seed = Math.floor(Math.random() * 2 ** 31);
    const edits = fc.sample(anyLabels, { numRuns: EDITS, seed });
    for (const [at, labels] of edits.entries()) {
      const name = `app-${at % CONTAINERS}`;
      engine.put(name, { Labels: labels });
      engine.emit(name, 'start');
      if (at % EDITS_AT_ONCE === EDITS_AT_ONCE - 1) await rendered(node);
    }
    engine.put('last', { Labels: { 'locum.upstream': 'last', 'locum.port': '8080' } });
    engine.emit('last', 'start');
    await waitFor(
      async () => (await node.status()).upstreams?.upstreams.some(({ name }) => name === 'last'),
      {
        what: 'the last edit is rendered',
        deadlineMs: 10_000,
        context: () => node.daemon.output,
      },
    );
    await waitFor(async () => (await node.status()).upstreams?.lastVerify?.ok, {
      what: 'the last reload is verified',
      deadlineMs: 10_000,
    });

    const errors = await readFile(join(node.host.folder, 'error.log'), 'utf8');
    assert.doesNotMatch(errors, /\[(?:emerg|crit|alert)\]/, `seed ${seed}`);
    const { upstreams } = await node.status();
    assert.equal(upstreams?.failures, 0, `seed ${seed}: ${node.daemon.output}`);
    assert.ok((upstreams?.reloads ?? 0) >= 10, `${upstreams?.reloads} reloads`);
  } finally {
    await lan.close();
    await engine.remove();
  }
});

/** Waits for a rendering that began after now. */
async function rendered(node: LocumNode): Promise<void> {
  const renders = async (): Promise<number> => (await node.status()).upstreams?.renders ?? 0;
  const before = await renders();
  await waitFor(async () => (await renders()) > before, {
    what: 'the edits are rendered',
    deadlineMs: 10_000,
  });
}
