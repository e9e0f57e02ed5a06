/** Work in order: no overlap, and a failure is the caller's alone. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { OneAtATime } from '../../src/lib/one-at-a-time.ts';

test('a piece of work begins when the one before has ended, also when that failed', async () => {
  const order: string[] = [];
  const turns = new OneAtATime();
  let end: () => void = () => undefined;
  const first = turns.run(async () => {
    order.push('first begins');
    await new Promise<void>(resolve => {
      end = resolve;
    });
    order.push('first ends');
    throw new Error('failed');
  });
  const second = turns.run(async () => order.push('second'));
  await Promise.resolve();
  assert.deepEqual(order, ['first begins']);
  end();
  await assert.rejects(first, /^Error: failed$/);
  assert.equal(await second, 3);
  await turns.ended();
  assert.deepEqual(order, ['first begins', 'first ends', 'second']);
});

test('the failure of work that nobody waits for is not lost', () => {
  const module = new URL('../../src/lib/one-at-a-time.js', import.meta.url).href;
  const script = `import { OneAtATime } from ${JSON.stringify(module)};
    void new OneAtATime().run(() => Promise.reject(new Error('nobody waits')));`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(status, 1);
  assert.match(String(stderr), /nobody waits/);
});
