/** Spreading work over turns of the event loop: order, limit, and that nothing is forgotten. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fewPerTurn, oncePerTurn } from '../../src/net/turns.ts';

test('a burst of calls runs once, and a later one again', async () => {
  let runs = 0;
  const soon = oncePerTurn(() => {
    runs += 1;
  });
  for (let i = 0; i < 5; i++) soon();
  assert.equal(runs, 0);
  await nextTurn();
  assert.equal(runs, 1);
  soon();
  await nextTurn();
  assert.equal(runs, 2);
});

test('a call that comes while it runs is not forgotten', async () => {
  let runs = 0;
  const soon = oncePerTurn(() => {
    runs += 1;
    if (runs === 1) soon();
  });
  soon();
  await nextTurn();
  await nextTurn();
  assert.equal(runs, 2);
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
