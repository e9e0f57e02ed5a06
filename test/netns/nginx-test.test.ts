/** Whose configuration `nginx -t` tests: of a process with the files and the user of this one, and of no other. */

import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import { testNginx } from '../../src/app/nginx-test.ts';
import type { ProcessEntry } from '../../src/lib/process-table.ts';
import { waitFor } from '../support/wait.ts';

/** Of the account `nobody`. */
const NOBODY = 65_534;

describe('the test of nginx', () => {
  let child: ChildProcess | undefined;
  afterEach(() => child?.kill('SIGKILL'));

  /** What is said of a master whose binary is that of sleep, which knows no option `-t` and ends with 1. */
  async function said(command: readonly string[], options: SpawnOptions = {}): Promise<string | undefined> {
    const [program = '', ...args] = command;
    const started = spawn(program, args, { stdio: 'ignore', ...options });
    child = started;
    const pid = started.pid ?? 0;
    await waitFor(() => /\bsleep$|\bcoreutils$/.test(readlinkSync(`/proc/${pid}/exe`)), {
      what: 'sleep runs',
      deadlineMs: 5_000,
    });
    const title = 'nginx: master process nginx';
    const master: ProcessEntry = { pid, parent: 1, name: 'nginx', state: 'S', startTicks: 1, title };
    return testNginx('nginx', { named: () => Promise.resolve([master]) });
  }

  it('is run by its own binary, and what it says is what counts', async () => {
    assert.match((await said(['sleep', '30'])) ?? '', /invalid option.*t/);
  });

  it('is not run where nginx has other files, as in a pod', async () => {
    assert.equal(await said(['unshare', '--mount', 'sleep', '30']), undefined);
  });

  it('is not run as another user than nginx is', async () => {
    assert.equal(await said(['sleep', '30'], { uid: NOBODY, gid: NOBODY }), undefined);
  });

  it('is not run when there is no nginx', async () => {
    assert.equal(await testNginx('nginx', { named: () => Promise.resolve([]) }), undefined);
  });
});
