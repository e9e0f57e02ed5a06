/** The process tracker: on a table of the test's making, and on real processes of the test's own. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ProcessEntry } from '../../src/lib/process-table.ts';
import { ProcessProbe, type ProcessWatcher } from '../../src/probes/process.ts';
import { type ProcessTable, procfs } from '../../src/probes/procfs.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { waitFor } from '../support/wait.ts';

const SIGNAL = new AbortController().signal;

class FakeTable implements ProcessTable {
  entries: ProcessEntry[] = [];
  readonly refusals = new Map<number, string>();

  put(pid: number, parent: number, title = 'nginx'): this {
    this.entries.push({ pid, parent, name: 'nginx', state: 'S', startTicks: pid, title });
    return this;
  }

  remove(...pids: number[]): void {
    this.entries = this.entries.filter(({ pid }) => !pids.includes(pid));
  }

  named(): Promise<readonly ProcessEntry[]> {
    return Promise.resolve(this.entries);
  }

  entry(pid: number): ProcessEntry | undefined {
    return this.entries.find(entry => entry.pid === pid);
  }

  signal(pid: number): string | undefined {
    return this.refusals.get(pid);
  }
}

class FakeWatcher implements ProcessWatcher {
  readonly watched = new Map<number, () => void>();
  failure: Error | undefined;
  readonly gone = new Set<number>();

  watch(pid: number, onExit: () => void): (() => void) | undefined {
    if (this.failure !== undefined) throw this.failure;
    if (this.gone.has(pid)) return undefined;
    this.watched.set(pid, onExit);
    return () => this.watched.delete(pid);
  }

  exit(pid: number): void {
    const onExit = this.watched.get(pid);
    this.watched.delete(pid);
    onExit?.();
  }
}

function setUp(quorum = 1) {
  const table = new FakeTable();
  const watcher = new FakeWatcher();
  const probe = new ProcessProbe('nginx', quorum, table, watcher);
  const notices: (Outcome | undefined)[] = [];
  const stop = probe.watch(finding => notices.push(finding));
  return { table, watcher, probe, notices, stop };
}

const MASTER = 'nginx: master process nginx';
const WORKER = 'nginx: worker process';

describe('process probe', () => {
  it('passes while a main process lives and takes signal 0', async () => {
    const { table, probe } = setUp();
    table.put(7, 1, MASTER).put(8, 7, WORKER);
    assert.deepEqual(await probe.check(SIGNAL), { ok: true, detail: 'nginx runs (pid 7)' });
  });

  it('fails when there is no process of that name', async () => {
    const { probe } = setUp();
    assert.deepEqual(await probe.check(SIGNAL), { ok: false, detail: 'no process named nginx' });
  });

  it('fails on workers that outlived their master, titled or seen before', async () => {
    const { table, probe } = setUp();
    table.put(8, 1, WORKER).put(9, 1, WORKER);
    assert.match((await probe.check(SIGNAL)).detail, /only workers of nginx are left \(pids 8, 9\)/);

    table.entries = [];
    table.put(17, 1).put(18, 17);
    assert.equal((await probe.check(SIGNAL)).ok, true);
    table.entries = [];
    table.put(18, 1);
    assert.equal((await probe.check(SIGNAL)).ok, false);
    assert.equal((await probe.check(SIGNAL)).ok, false, 'it stays a worker');
  });

  it('fails when the signal is refused, as killall does, and says what to do', async () => {
    const { table, probe } = setUp();
    table.put(7, 1, MASTER);
    table.refusals.set(7, 'EPERM');
    const outcome = await probe.check(SIGNAL);
    assert.equal(outcome.ok, false);
    assert.match(
      outcome.detail,
      /does not take signal 0 \(EPERM\): run Locum as its user or with the KILL capability/,
    );
  });

  it('passes when one of several main processes takes the signal', async () => {
    const { table, probe } = setUp();
    table.put(7, 1, MASTER).put(9, 1, MASTER);
    table.refusals.set(7, 'EPERM');
    assert.deepEqual(await probe.check(SIGNAL), { ok: true, detail: 'nginx runs (pid 9)' });
  });

  it('notices the end of the master at once', async () => {
    const { table, watcher, probe, notices } = setUp();
    table.put(7, 1, MASTER).put(8, 7, WORKER);
    await probe.check(SIGNAL);
    assert.deepEqual([...watcher.watched.keys()], [7]);
    watcher.exit(7);
    assert.deepEqual(notices, [{ ok: false, detail: 'nginx (pid 7) ended' }]);
  });

  it('asks for a check when another main process is left', async () => {
    const { table, watcher, probe, notices } = setUp();
    table.put(7, 1, MASTER).put(20, 7, MASTER);
    await probe.check(SIGNAL);
    watcher.exit(7);
    assert.deepEqual(notices, [undefined]);
  });

  it('follows a new master, and forgets one that is gone', async () => {
    const { table, watcher, probe, notices } = setUp();
    table.put(7, 1, MASTER);
    await probe.check(SIGNAL);
    watcher.exit(7);
    table.remove(7);
    assert.equal((await probe.check(SIGNAL)).ok, false);
    table.put(12, 1, MASTER);
    assert.equal((await probe.check(SIGNAL)).ok, true);
    assert.deepEqual([...watcher.watched.keys()], [12]);
    watcher.exit(12);
    assert.equal(notices.length, 2);
  });

  it('does not pass on a process that ended between the scan and the watch', async () => {
    const { table, watcher, probe } = setUp();
    table.put(7, 1, MASTER);
    watcher.gone.add(7);
    table.entry = () => undefined;
    assert.equal((await probe.check(SIGNAL)).ok, false);
  });

  it('does not pass on another process that has the pid by now', async () => {
    const { table, probe } = setUp();
    table.put(7, 1, MASTER);
    const [found] = table.entries;
    table.entry = () => (found === undefined ? undefined : { ...found, startTicks: 99 });
    assert.equal((await probe.check(SIGNAL)).ok, false);
  });

  it('goes on by checks alone where the kernel offers no notice, and says so', async () => {
    const { table, watcher, probe } = setUp();
    table.put(7, 1, MASTER);
    watcher.failure = new Error('pidfd_open: not implemented');
    const outcome = await probe.check(SIGNAL);
    assert.equal(outcome.ok, true);
    assert.match(outcome.detail, /by checks only: pidfd_open: not implemented/);
  });

  it('counts workers for the quorum, as killall would, and none without a main process', async () => {
    const { table, probe } = setUp(3);
    table.put(7, 1, MASTER).put(8, 7, WORKER);
    assert.deepEqual(await probe.check(SIGNAL), { ok: false, detail: '2 processes named nginx, 3 needed' });
    table.put(9, 7, WORKER);
    assert.equal((await probe.check(SIGNAL)).ok, true);
    table.remove(7);
    table.put(10, 1, WORKER);
    assert.match((await probe.check(SIGNAL)).detail, /only workers of nginx are left/);
  });

  it('asks for a check at the end of a worker where a quorum counts it, and reports that of the master', async () => {
    const { table, watcher, probe, notices } = setUp(2);
    table.put(7, 1, MASTER).put(8, 7, WORKER);
    await probe.check(SIGNAL);
    watcher.exit(8);
    assert.deepEqual(notices, [undefined]);
    table.remove(8);
    assert.equal((await probe.check(SIGNAL)).ok, false);
    table.put(9, 7, WORKER);
    await probe.check(SIGNAL);
    watcher.exit(7);
    assert.deepEqual(notices[1], { ok: false, detail: 'nginx (pid 7) ended' });
  });

  it('watches a bounded number, and takes no end of one of many for the end of all', async () => {
    const { table, watcher, probe, notices } = setUp();
    for (let pid = 100; pid < 140; pid++) table.put(pid, 1);
    await probe.check(SIGNAL);
    assert.equal(watcher.watched.size, 16);
    for (const pid of [...watcher.watched.keys()]) watcher.exit(pid);
    assert.equal(
      notices.every(finding => finding === undefined),
      true,
    );
  });

  it('stops watching when told', async () => {
    const { table, watcher, probe, stop } = setUp();
    table.put(7, 1, MASTER);
    await probe.check(SIGNAL);
    stop();
    assert.equal(watcher.watched.size, 0);
  });
});

describe('process probe on real processes', () => {
  const name = `lw${process.pid % 100_000}${Math.floor(Math.random() * 1_000)}`;
  let folder = '';
  let child: ChildProcess | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locum-process-'));
    await copyFile('/bin/sleep', join(folder, name));
  });

  after(async () => {
    child?.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  it('sees it live, then die, and no zombie', async () => {
    const probe = new ProcessProbe(name, 1, procfs(), undefined);
    assert.deepEqual(await probe.check(SIGNAL), { ok: false, detail: `no process named ${name}` });
    child = spawn(join(folder, name), ['60'], { stdio: 'ignore' });
    const { pid } = child;
    await waitFor(async () => (await probe.check(SIGNAL)).ok, { what: 'it is seen', deadlineMs: 5_000 });
    assert.equal((await probe.check(SIGNAL)).detail, `${name} runs (pid ${pid})`);
    child.kill('SIGKILL');
    await waitFor(async () => !(await probe.check(SIGNAL)).ok, {
      what: 'its end is seen',
      deadlineMs: 5_000,
    });
  });

  it('is refused a signal to a process that is gone', () => {
    assert.equal(procfs().signal(0x3fffff, 0), 'ESRCH');
    assert.equal(procfs().signal(process.pid, 0), undefined);
  });
});
