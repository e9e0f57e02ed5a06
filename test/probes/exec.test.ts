/** The exec tracker with real programs: exit codes, output, the bare environment, and that nothing outlives a run. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { seconds } from '../../src/lib/time.ts';
import { runCommand } from '../../src/native/command.ts';
import { execProbe } from '../../src/probes/exec.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { waitFor } from '../support/wait.ts';
import { makeFolder, type TestFolder } from './folder.ts';

const lives = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('exec probe', () => {
  let folder: TestFolder;

  before(async () => {
    folder = await makeFolder();
  });
  after(() => folder.remove());

  let scripts = 0;
  const script = (body: string, mode = 0o755) =>
    folder.write(`check-${scripts++}.sh`, `#!/bin/sh\n${body}\n`, mode);
  const run = async (command: readonly string[], signal = AbortSignal.timeout(10_000)) =>
    (await execProbe(command, runCommand).check(signal, seconds(5))) as Outcome;
  const runScript = async (body: string, ...args: string[]) => run([await script(body), ...args]);
  /** Starts a script that writes pids into a file, and aborts once they are there. */
  const runUntilPids = async (body: string, count: number): Promise<{ outcome: Outcome; pids: number[] }> => {
    const file = join(folder.path, `pids-${scripts}`);
    const abort = new AbortController();
    const outcome = run([await script(body), file], abort.signal);
    const pids = await waitFor(
      () => {
        const found = readFileSync(file, 'utf8').trim().split(/\s+/).map(Number);
        return found.length === count ? found : undefined;
      },
      { what: 'the pids', deadlineMs: 5_000 },
    );
    abort.abort();
    return { outcome: await outcome, pids };
  };
  const gone = (pids: readonly number[]) =>
    waitFor(() => !pids.some(lives), { what: `the end of ${pids}`, deadlineMs: 3_000 });

  it('passes at exit code 0 and fails at any other, with the first line of output', async () => {
    assert.deepEqual(await runScript('exit 0'), { ok: true, detail: 'exit code 0' });
    assert.deepEqual(await runScript('echo; echo fine; echo more'), {
      ok: true,
      detail: 'exit code 0: fine',
    });
    assert.deepEqual(await runScript('echo out; echo disk full >&2; exit 3'), {
      ok: false,
      detail: 'exit code 3: disk full',
    });
    assert.deepEqual(await runScript('kill -9 $$'), { ok: false, detail: 'killed by SIGKILL' });
  });

  it('gives the arguments as they are, without a shell', async () => {
    assert.deepEqual(await runScript('printf "%s|" "$@"', 'a b', '$HOME', ';id'), {
      ok: true,
      detail: 'exit code 0: a b|$HOME|;id|',
    });
  });

  it('gives a bare environment, no input and no secret of its own', async () => {
    process.env['LOCUM_AUTH__PASSWORD'] = 'geheim';
    try {
      const { detail } = await runScript('env | cut -d= -f1 | sort | tr "\\n" " "; cat; pwd >&2');
      assert.equal(detail, 'exit code 0: /');
      const names = (await runScript('env | cut -d= -f1 | sort | tr "\\n" " "')).detail.split(' ').slice(3);
      assert.deepEqual(
        names.filter(name => !['_', 'PWD', 'SHLVL', 'OLDPWD', ''].includes(name)),
        ['LANG', 'PATH'],
      );
    } finally {
      delete process.env['LOCUM_AUTH__PASSWORD'];
    }
  });

  it('reads endless output without end, and shows a bounded, harmless line', async () => {
    const { detail } = await runScript(
      'printf "\\033[2Jred"; head -c 3000000 /dev/zero | tr "\\0" x; exit 1',
    );
    assert.ok(detail.startsWith('exit code 1:  [2Jred') || detail.startsWith('exit code 1: [2Jred'), detail);
    assert.ok(detail.length < 150);
  });

  it('says what is wrong with a program that cannot be started', async () => {
    const missing = join(folder.path, 'none');
    assert.deepEqual(await run([missing]), {
      ok: false,
      detail: `cannot start ${missing}: there is no such file, or its interpreter is missing`,
    });
    const plain = await script('exit 0', 0o644);
    assert.deepEqual(await run([plain]), {
      ok: false,
      detail: `cannot start ${plain}: it is not executable`,
    });
  });

  it('kills the whole group at the abort, a child that ignores SIGTERM too', async () => {
    const { outcome, pids } = await runUntilPids(
      `trap "" TERM
(trap "" TERM; exec sleep 60) &
echo $$ $! > "$1.new"; mv "$1.new" "$1"
wait; sleep 60`,
      2,
    );
    assert.deepEqual(outcome, { ok: false, detail: 'killed by SIGKILL' });
    await gone(pids);
  });

  it('does not wait for a child that keeps the output open, and does not leave it', async () => {
    const file = join(folder.path, 'left');
    const began = performance.now();
    const outcome = await runScript(`sleep 60 & echo $! > ${file}; echo done`);
    assert.deepEqual(outcome, { ok: true, detail: 'exit code 0: done' });
    assert.ok(performance.now() - began < 5_000);
    await gone([Number(readFileSync(file, 'utf8'))]);
  });

  it('does not wait for one that left the group either', async () => {
    const file = join(folder.path, 'escaped');
    const outcome = await runScript(`setsid sleep 60 & echo $! > ${file}; exit 0`);
    try {
      assert.equal(outcome.ok, true);
    } finally {
      const pid = Number(readFileSync(file, 'utf8'));
      if (lives(pid)) process.kill(pid, 'SIGKILL');
    }
  });
});
