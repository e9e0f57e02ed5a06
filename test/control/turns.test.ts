/** Work that comes all at once, spread over turns of the event loop. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../src/control/turns.ts';

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

test('a few go on in each turn, in order, and all of them in the end', async () => {
  const turns = new Turns();
  const done: number[] = [];
  for (let at = 0; at < 20; at++) void turns.next().then(() => done.push(at));
  const perTurn: number[] = [];
  while (done.length < 20) {
    const before = done.length;
    await nextTurn();
    perTurn.push(done.length - before);
  }
  assert.deepEqual(perTurn.filter(Boolean), [8, 8, 4]);
  assert.deepEqual(
    done,
    [...done].sort((a, b) => a - b),
  );
});

test('one alone goes on in the next turn, however often that was so', async () => {
  const turns = new Turns();
  for (let at = 0; at < 3; at++) await turns.next();
});
