/**
 * What waits for slow edges: an advertisement passes an acquisition that takes its time, but nothing overtakes a release; and what is
 * made wrong by what comes after it is called off, a resignation never.
 */

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
  bench.pass(200_000).hear(50);
  bench.hear(200);
  bench.settleAll();
  assert.deepEqual(bench.seen, ['send 100', 'accepted', 'accepted', 'release', 'send 0', 'master → backup']);
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

/** A new master whose acquisition takes its time. */
function acquiring(): Bench {
  const bench = new Bench().start();
  bench.prompt = false;
  bench.ring().settle();
  assert.deepEqual(underWay(bench), ['acquire 4 s']);
  return bench;
}

function underWay(bench: Bench): readonly string[] {
  return bench.owed.map(({ what }) => what);
}

test('advertisements go on while an acquisition takes its time, and the rest waits for it', () => {
  const bench = acquiring();
  for (let i = 0; i < 3; i++) bench.ringTo('send 100').settleOf('send 100');
  assert.deepEqual(underWay(bench), ['acquire 4 s']);
  bench.log.length = 0;
  bench.settleAll();
  assert.deepEqual(
    bench.seen,
    ['announce', 'backup → master', 'acquire 4 s'],
    'and the renewal asked for meanwhile',
  );
});

test('advertisements go on while an announcement takes its time', () => {
  const bench = acquiring();
  bench.settle();
  assert.deepEqual(underWay(bench), ['announce']);
  bench.ringTo('send 100');
  assert.deepEqual(underWay(bench), ['announce', 'send 100']);
});

test('one advertisement at a time', () => {
  const bench = acquiring().ringTo('send 100');
  for (let i = 0; i < 5; i++) bench.ring();
  assert.deepEqual(underWay(bench), ['acquire 4 s', 'send 100']);
});

test('a renewal waits for the advertisement that asked for it, and for the acquisition before it', () => {
  const bench = acquiring();
  // Beside the announcement and the report.
  for (bench.ringTo('send 100'); bench.runner.waiting < 3; bench.ringTo('send 100'))
    bench.settleOf('send 100');
  assert.deepEqual(underWay(bench), ['acquire 4 s', 'send 100']);
  bench.settleOf('acquire 4 s');
  assert.deepEqual(underWay(bench), ['send 100', 'announce']);
  bench.settleOf('announce');
  assert.deepEqual(underWay(bench), ['send 100']);
  bench.settleOf('send 100');
  assert.deepEqual(underWay(bench), ['acquire 4 s']);
});

test('a resignation passes the acquisition, the release waits for both', () => {
  for (const [first, second] of [
    ['send 0', 'acquire 4 s'],
    ['acquire 4 s', 'send 0'],
  ] as const) {
    const bench = acquiring();
    bench.runner.tell({ type: 'shutdown' });
    assert.deepEqual(underWay(bench), ['acquire 4 s', 'send 0']);
    bench.settleOf(first);
    assert.deepEqual(underWay(bench), [second]);
    bench.settleOf(second);
    assert.deepEqual(underWay(bench), ['release']);
    bench.settleAll();
    assert.deepEqual(bench.log.slice(-2), ['release', 'master → init']);
  }
});

test('no advertisement passes a release: the resignation after it is said first', () => {
  const bench = acquiring();
  bench.hear(200);
  bench.hear(0);
  bench.ring();
  assert.equal(bench.runner.router.state.name, 'master', 'again');
  assert.deepEqual(underWay(bench), ['acquire 4 s']);
  bench.settle();
  assert.deepEqual(underWay(bench), ['release']);
  bench.settle();
  assert.deepEqual(underWay(bench), ['send 0']);
  bench.settle();
  assert.deepEqual(underWay(bench), ['send 100']);
});

test('an acquisition that fails while an advertisement is under way', () => {
  const bench = acquiring().ringTo('send 100');
  bench.settleOf('acquire 4 s', 'EPERM');
  assert.equal(bench.runner.router.state.name, 'fault');
  assert.deepEqual(underWay(bench), ['send 100']);
  bench.settleAll();
  assert.deepEqual(bench.log.slice(-4), ['backup → master', 'send 0', 'release', 'master → fault']);
});
