/** Watching processes end, and that watching holds nothing up. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openProcessWatcher, type ProcessWatcher } from '../../src/native/process-watcher.ts';
import { moduleUrl, runInChild } from '../net/child.ts';
import { holdsFor, waitFor } from '../support/wait.ts';

const skip = process.platform === 'linux' ? false : 'pidfds need Linux';

describe('the process watcher', { skip }, () => {
  let watcher: ProcessWatcher;
  let children: ChildProcess[];

  beforeEach(() => {
    watcher = openProcessWatcher();
    children = [];
  });

  afterEach(() => {
    watcher.close();
    for (const child of children) child.kill('SIGKILL');
  });

  const startChild = async (): Promise<ChildProcess & { pid: number }> => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    assert.ok(child.pid !== undefined);
    return child as ChildProcess & { pid: number };
  };

  /** Kills the child; when the watcher called back, in ms of performance.now(). An open watch alone would not keep the test alive. */
  const killAndHear = async (child: ChildProcess & { pid: number }, between = () => {}): Promise<number> => {
    let heard: number | undefined;
    assert.ok(
      watcher.watch(child.pid, () => {
        assert.equal(heard, undefined);
        heard = performance.now();
      }),
    );
    between();
    child.kill('SIGKILL');
    return waitFor(() => heard, { what: 'the callback', deadlineMs: 5_000, everyMs: 1 });
  };

  test('calls back once when the process ends, soon', async t => {
    const delaysMs: number[] = [];
    for (let i = 0; i < 20; i++) {
      const child = await startChild();
      const began = performance.now();
      delaysMs.push((await killAndHear(child)) - began);
    }
    delaysMs.sort((a, b) => a - b);
    t.diagnostic(
      `kill to callback: median ${delaysMs[10]?.toFixed(2)} ms, worst ${delaysMs[19]?.toFixed(2)} ms`,
    );
    assert.ok((delaysMs[10] ?? 0) < 100);
  });

  test('says undefined for a process that does not exist', async () => {
    const child = await startChild();
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(watcher.watch(child.pid, assert.fail), undefined);
  });

  test('does not call back for a process that lives, nor after the watch was stopped', async () => {
    const [living, stopped] = [await startChild(), await startChild()];
    let calls = 0;
    watcher.watch(living.pid, () => calls++);
    watcher.watch(stopped.pid, () => calls++)?.();
    stopped.kill('SIGKILL');
    await once(stopped, 'exit');
    await holdsFor(() => calls === 0, { what: 'no callback', forMs: 50 });
  });

  test('a watch that is stopped between the end and the callback stays silent', async () => {
    const [first, second] = [await startChild(), await startChild()];
    let calls = 0;
    const stops = [first, second].map(child =>
      watcher.watch(child.pid, () => {
        calls += 1;
        for (const stop of stops) stop?.();
      }),
    );
    first.kill('SIGKILL');
    second.kill('SIGKILL');
    while (readFileSync(`/proc/${second.pid}/stat`, 'utf8').split(' ')[2] !== 'Z');
    await waitFor(() => calls > 0, { what: 'a callback', deadlineMs: 5_000, everyMs: 1 });
    await holdsFor(() => calls === 1, { what: 'one callback only', forMs: 50 });
  });

  test('returns every descriptor', async () => {
    const pidfds = (): number => readdirSync('/proc/self/fdinfo').filter(isPidfd).length;
    const before = pidfds();
    const [ended, stopped, open] = [await startChild(), await startChild(), await startChild()];
    watcher.watch(stopped.pid, assert.fail)?.();
    watcher.watch(open.pid, assert.fail);
    await killAndHear(ended);
    assert.equal(pidfds(), before + 1);
    watcher.close();
    assert.equal(pidfds(), before);
  });

  test('survives garbage collection although nobody holds on to the watch', async () => {
    await killAndHear(await startChild(), collectGarbage);
  });

  test('an open watch neither keeps the process alive nor holds up its exit', async () => {
    for (const ending of ['', 'process.exit(7);', 'watcher.close();']) {
      const child = await startChild();
      const { code, output, milliseconds } = await runInChild(`
        import { openProcessWatcher } from '${moduleUrl('native/process-watcher')}';
        const watcher = openProcessWatcher();
        watcher.watch(${child.pid}, () => {});
        ${ending}`);
      assert.equal(output, '');
      assert.equal(code, ending.includes('exit') ? 7 : 0);
      assert.ok(milliseconds < 5_000, `${milliseconds} ms`);
    }
  });
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  for (let i = 0; i < 3; i++) runInNewContext('gc')();
}

function isPidfd(fd: string): boolean {
  try {
    return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').includes('\nPid:');
  } catch {
    return false;
  }
}
