/** Work in order: no overlap, and a failure is the caller's alone. */

import assert from 'node:assert/strict';
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
