/** Reading /proc/PID/stat, and telling a main process from its workers. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  isAlive,
  type ProcessEntry,
  parseStat,
  processKey,
  splitRoles,
} from '../../src/lib/process-table.ts';

const NONE: ReadonlySet<string> = new Set();

const entry = (pid: number, parent: number, title: string): ProcessEntry => ({
  pid,
  parent,
  name: 'nginx',
  state: 'S',
  startTicks: pid * 10,
  title,
});

const mains = (entries: readonly ProcessEntry[], known = NONE): number[] =>
  splitRoles(entries, known).mains.map(({ pid }) => pid);

const MASTER = 'nginx: master process nginx -g daemon off;';
const WORKER = 'nginx: worker process';

describe('parseStat', () => {
  it('reads what this process says of itself', () => {
    const stat = parseStat(readFileSync('/proc/self/stat', 'utf8'));
    assert.equal(stat?.pid, process.pid);
    assert.equal(stat?.parent, process.ppid);
    assert.ok((stat?.startTicks ?? 0) > 0);
  });

  it('reads a name that holds spaces, parentheses and line feeds', () => {
    const rest = Array.from({ length: 49 }, (_, at) => String(at)).join(' ');
    const stat = parseStat(`7 (a) S 1 (\n) R 3 ${rest}`);
    assert.deepEqual(stat, { pid: 7, name: 'a) S 1 (\n', state: 'R', parent: 3, startTicks: 17 });
  });

  it('is undefined for anything else', () => {
    for (const text of ['', 'x', '7 (a', '7 (a) S 1']) assert.equal(parseStat(text), undefined, text);
  });
});

describe('isAlive', () => {
  it('is false for a zombie and the dead', () => {
    assert.deepEqual(
      ['R', 'S', 'D', 'T', 'I', 'Z', 'X'].map(state => isAlive({ state })),
      [true, true, true, true, true, false, false],
    );
  });
});

describe('main processes and workers', () => {
  it('takes the process whose parent has another name as main', () => {
    assert.deepEqual(mains([entry(7, 1, 'app'), entry(8, 7, 'app'), entry(9, 7, 'app')]), [7]);
  });

  it('does not take orphaned nginx workers for a main process, whoever adopted them', () => {
    assert.deepEqual(mains([entry(8, 1, WORKER), entry(9, 1, `${WORKER} is shutting down`)]), []);
    assert.deepEqual(mains([entry(8, 1, 'nginx: cache manager process')]), []);
  });

  it('does not take an orphan for a main process when it was seen as a worker', () => {
    const worker = entry(8, 7, 'app');
    const known = new Set([processKey(worker)]);
    assert.deepEqual(mains([{ ...worker, parent: 1 }], known), []);
    assert.deepEqual(mains([{ ...worker, parent: 1, startTicks: 999 }], known), [8], 'a pid used again');
  });

  it('takes a new master that a binary upgrade started below the old one', () => {
    assert.deepEqual(
      mains([entry(7, 1, MASTER), entry(8, 7, WORKER), entry(20, 7, MASTER), entry(21, 20, WORKER)]),
      [7, 20],
    );
  });

  it('takes nginx for a main process before it has a title, and without a master', () => {
    assert.deepEqual(mains([entry(7, 1, 'nginx -g daemon off;')]), [7]);
  });

  it('knows several independent main processes', () => {
    assert.deepEqual(mains([entry(7, 1, MASTER), entry(8, 7, WORKER), entry(30, 2, MASTER)]), [7, 30]);
  });

  it('leaves other programs their titles', () => {
    assert.deepEqual(
      mains([entry(7, 1, 'sshd: /usr/sbin/sshd -D [listener]'), entry(8, 7, 'sshd: user [priv]')]),
      [7],
    );
  });
});
