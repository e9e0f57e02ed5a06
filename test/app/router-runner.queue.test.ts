/** What waits for slow edges and is made wrong by what comes after it: it is called off, a resignation never. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench } from './runner-bench.ts';

test('a better master calls off what has not begun: no announcement after it was heard', () => {
  const bench = new Bench().start();
  bench.prompt = false;
  bench.ring().settle();
  assert.deepEqual(
    bench.owed.map(({ what }) => what),
    ['acquire 4 s'],
  );
  bench.hear(200);
  bench.settleAll();
  assert.deepEqual(bench.log.slice(1), [
    'send 100',
    'acquire 4 s',
    'accepted',
    'backup → master',
    'release',
    'send 0',
    'master → backup',
  ]);
});

test('a better master calls off the advertisement that waits: only the resignation is said', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  bench.runner.tell({ type: 'addressLost' });
  bench.settle();
  bench.pass(200_000).hear(50);
  bench.hear(200);
  bench.settleAll();
  assert.deepEqual(bench.seen, [
    'send 100',
    'acquire 4 s',
    'accepted',
    'accepted',
    'release',
    'send 0',
    'master → backup',
  ]);
});

test('a backup that must leave resigns all the same as the master it was', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  bench.hear(200);
  bench.runner.tell({ type: 'fault', cause: 'eth0 is down' });
  bench.settleAll();
  assert.deepEqual(bench.seen, ['accepted', 'release', 'send 0', 'master → backup', 'backup → fault']);
});

test('a resignation is not called off', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  bench.runner.tell({ type: 'addressLost' });
  bench.runner.tell({ type: 'shutdown' });
  bench.settleAll();
  assert.deepEqual(bench.seen, ['send 100', 'send 0', 'release', 'master → init']);
});

test('a resignation is said even when the router is master again before its edges got there', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  bench.runner.tell({ type: 'addressLost' });
  bench.runner.tell({ type: 'fault', cause: 'x' });
  bench.runner.tell({ type: 'faultCleared' });
  bench.ring();
  bench.settleAll();
  assert.deepEqual(bench.seen, [
    'send 100',
    'send 0',
    'release',
    'master → fault',
    'fault → backup',
    'send 100',
    'acquire 4 s',
    'announce',
    'backup → master',
  ]);
});

test('a resignation outlives the word of a master that is back before its edges got there', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  bench.runner.tell({ type: 'addressLost' });
  bench.hear(200);
  bench.ring();
  bench.runner.tell({ type: 'fault', cause: 'x' });
  bench.runner.tell({ type: 'faultCleared' });
  bench.ring();
  bench.settleAll();
  assert.deepEqual(
    bench.seen.filter(what => what.startsWith('send')),
    ['send 100', 'send 0', 'send 100'],
  );
});
