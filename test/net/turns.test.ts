/** Spreading work over turns of the event loop, and doing once what many ask for: order, limit, and that nothing is forgotten. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fewPerTurn, onceInAWhile, shared } from '../../src/net/turns.ts';

test('a burst of calls runs once, and a later one again', async () => {
  let runs = 0;
  const soon = onceInAWhile(async () => {
    runs += 1;
  });
  for (let i = 0; i < 5; i++) soon();
  assert.equal(runs, 0);
  await nextTurn();
  assert.equal(runs, 1);
  await nextTurn();
  soon();
  await nextTurn();
  assert.equal(runs, 2);
});

test('calls that come while it runs are one more run, after it', async () => {
  let running = 0;
  let runs = 0;
  let end = (): void => {};
  const soon = onceInAWhile(async () => {
    runs += 1;
    running += 1;
    assert.equal(running, 1);
    await new Promise<void>(resolve => {
      end = resolve;
    });
    running -= 1;
  });
  soon();
  await nextTurn();
  for (let i = 0; i < 5; i++) soon();
  await nextTurn();
  assert.equal(runs, 1);
  end();
  await nextTurn();
  assert.equal(runs, 2);
  end();
  await nextTurn();
  assert.equal(runs, 2);
});

test('who asks in one turn shares an answer that is looked up afterwards; who asks later gets another', async () => {
  let lookUps = 0;
  const number = shared(async () => {
    lookUps += 1;
    return lookUps;
  });
  const first = [number(), number(), number()];
  assert.equal(lookUps, 0);
  assert.deepEqual(await Promise.all(first), [1, 1, 1]);
  assert.deepEqual(await Promise.all([number(), number()]), [2, 2]);
});

test('a look-up that fails fails for all who asked, and for nobody else', async () => {
  let lookUps = 0;
  const answer = shared(async () => {
    lookUps += 1;
    if (lookUps === 1) throw new Error('no');
    return lookUps;
  });
  const first = await Promise.allSettled([answer(), answer()]);
  assert.deepEqual(
    first.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(await answer(), 2);
});

test('tasks run in order, the first ones at once, a few in every turn', async () => {
  const ran: number[] = [];
  const inTurn = fewPerTurn(3);
  for (let i = 0; i < 8; i++) inTurn(() => ran.push(i));
  assert.deepEqual(ran, [0, 1, 2]);
  await nextTurn();
  assert.deepEqual(ran, [0, 1, 2, 3, 4, 5]);
  inTurn(() => ran.push(8));
  assert.equal(ran.length, 6);
  await nextTurn();
  assert.deepEqual(ran, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  await nextTurn();
  inTurn(() => ran.push(9));
  assert.equal(ran.at(-1), 9);
});

test('a task may bring another: it comes after those that wait', async () => {
  const ran: string[] = [];
  const inTurn = fewPerTurn(2);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    inTurn(() => {
      ran.push(name);
      if (name === 'c') inTurn(() => ran.push('brought by c'));
    });
  }
  await nextTurn();
  assert.deepEqual(ran, ['a', 'b', 'c', 'd']);
  await nextTurn();
  assert.deepEqual(ran, ['a', 'b', 'c', 'd', 'e', 'brought by c']);
});
