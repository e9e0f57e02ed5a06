/** Whether nginx took a configuration, from tables of processes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProcessEntry } from '../../src/lib/process-table.ts';
import { findMaster, type Generation, generationOf, judgeReload } from '../../src/nginx/generations.ts';

const entry = (pid: number, parent: number, title: string, startTicks = pid): ProcessEntry => ({
  pid,
  parent,
  name: 'nginx',
  state: 'S',
  startTicks,
  title,
});

const MASTER = entry(7, 1, 'nginx: master process nginx -g daemon off;');
const worker = (pid: number, title = 'nginx: worker process') => entry(pid, 7, title);
const retiring = (pid: number) => worker(pid, 'nginx: worker process is shutting down');
const generation = (...entries: ProcessEntry[]): Generation => generationOf([MASTER, ...entries], MASTER);

describe('findMaster', () => {
  it('finds the one that has the title', () => {
    assert.deepEqual(findMaster([MASTER, worker(8)]), { kind: 'found', master: MASTER });
  });

  it('finds none among no processes, or orphans', () => {
    assert.deepEqual(findMaster([]), { kind: 'absent' });
    assert.deepEqual(
      findMaster([entry(8, 1, 'nginx: worker process'), entry(9, 1, 'nginx: cache manager process')]),
      {
        kind: 'absent',
      },
    );
  });

  it('does not take a starting nginx for a master: SIGHUP would end it', () => {
    assert.deepEqual(findMaster([entry(7, 1, 'nginx -g daemon off;')]), { kind: 'untitled' });
  });

  it('does not choose among several', () => {
    assert.deepEqual(findMaster([MASTER, { ...MASTER, pid: 30 }]), { kind: 'several', pids: [7, 30] });
  });
});

describe('judgeReload', () => {
  const before = generation(worker(8), worker(9));

  const CASES: readonly [
    what: string,
    now: Generation | undefined,
    verdict: ReturnType<typeof judgeReload>,
  ][] = [
    ['nothing happened', before, 'pending'],
    ['new workers run and the old are gone', generation(worker(20), worker(21)), 'reloaded'],
    [
      'new workers run and the old finish their connections',
      generation(retiring(8), retiring(9), worker(20)),
      'reloaded',
    ],
    [
      'new workers run, one old one was not told yet',
      generation(retiring(8), worker(9), worker(20)),
      'pending',
    ],
    ['the old are gone and no new one runs yet', generation(), 'pending'],
    ['one crashed and was replaced, its fellow goes on', generation(worker(8), worker(20)), 'pending'],
    [
      'only the cache loader is new',
      generation(retiring(8), worker(30, 'nginx: cache loader process')),
      'pending',
    ],
    ['a new worker is already told to go', generation(retiring(20)), 'pending'],
    ['a pid is used again', generationOf([MASTER, { ...worker(8), startTicks: 99 }], MASTER), 'reloaded'],
    ['the master is gone', undefined, 'gone'],
    ['the master is another', generationOf([], { ...MASTER, startTicks: 99 }), 'gone'],
  ];
  for (const [what, now, verdict] of CASES) {
    it(`says ${verdict} when ${what}`, () => {
      assert.equal(judgeReload(before, now), verdict);
    });
  }
});
