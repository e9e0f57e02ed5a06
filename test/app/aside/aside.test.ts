/** The process beside: works and their ends, what happens when it dies, and that it leaves nothing behind. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Aside } from '../../../src/app/aside/aside.ts';
import { KeptLog } from '../../support/quiet-log.ts';
import { waitFor } from '../../support/wait.ts';

let log: KeptLog;
let aside: Aside;
let folder: string;

beforeEach(() => {
  log = new KeptLog();
  aside = new Aside(log);
  folder = mkdtempSync(join(tmpdir(), 'locum-aside-'));
});
afterEach(async () => {
  await aside.close();
  rmSync(folder, { recursive: true });
});

const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** A program that never ends, and its pid once it runs. */
async function lasting(signal?: AbortSignal) {
  const note = join(folder, 'pid');
  const ending = aside.call('run', ['/bin/sh', '-c', `echo $$ > ${note}; exec sleep 1000`], signal);
  ending.catch(() => undefined);
  const pid = await waitFor(() => Number(readFileSync(note, 'utf8')) || undefined, {
    what: 'the program runs',
    deadlineMs: 5_000,
  });
  return { ending, pid };
}

/** A companion of the test's own: it says that it has begun, rests when asked to, and does as told with all other messages. */
function companion(onMessage: string, before = ''): URL {
  const file = join(folder, 'companion.mjs');
  writeFileSync(
    file,
    `${before}
    const end = (id, value) => process.send({ type: 'end', id, outcome: { ok: true, value } });
    process.send({ type: 'begun' });
    process.on('message', ({ type, id, work }) => {
      if (work === 'rest') end(id);
      else if (type === 'stop') process.exit();
      else { ${onMessage} }
    });`,
  );
  return pathToFileURL(file);
}

const HANG = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0';

describe('a work', () => {
  it('is done in a process that begins with the first', async () => {
    assert.equal(aside.pid, undefined);
    const { exitCode, firstLine } = await aside.call('run', ['/bin/sh', '-c', 'echo no disk; exit 3']);
    assert.deepEqual([exitCode, firstLine], [3, 'no disk']);
    assert.ok(aside.pid !== undefined && aside.pid !== process.pid && isAlive(aside.pid));
  });

  it('fails as what it does fails, code and all', async () => {
    await assert.rejects(aside.call('run', ['/nonexistent/program']), {
      name: 'OperatingError',
      code: 'ENOENT',
      message: /cannot start \/nonexistent\/program/,
    });
  });

  it('finds the processes of a name', async () => {
    const [first] = (await aside.call('processes', 'node')).filter(({ pid }) => pid === process.pid);
    assert.equal(first?.name, readFileSync('/proc/self/comm', 'utf8').trim());
  });

  it('ends when its signal aborts it, and what it started with it', async () => {
    const stopping = new AbortController();
    const { ending, pid } = await lasting(stopping.signal);
    stopping.abort();
    assert.equal((await ending).signal, 'SIGKILL');
    assert.equal(isAlive(pid), false);
  });

  it('whose signal was aborted before ends at once', async () => {
    const ending = await aside.call('run', ['/bin/sleep', '1000'], AbortSignal.abort());
    assert.equal(ending.signal, 'SIGKILL');
  });

  it('leaves no listener on its signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    await aside.call('run', ['/bin/true'], signal);
    assert.equal(listeners, 0);
  });
});

describe('the end of the process', () => {
  it('leaves no program behind', async () => {
    const { ending, pid } = await lasting();
    await aside.close();
    await waitFor(() => !isAlive(pid), { what: 'the program has ended', deadlineMs: 2_000 });
    assert.equal((await ending).signal, 'SIGKILL');
    await assert.rejects(aside.call('run', ['/bin/true']), { code: 'aside-ended' });
  });

  it('comes with that of the daemon, however that ends, and leaves no program behind either', async () => {
    const main = fileURLToPath(new URL('../../../src/app/aside/aside.js', import.meta.url));
    const note = join(folder, 'pid');
    const daemon = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { Aside } from ${JSON.stringify(main)};
       new Aside(console).call('run', ['/bin/sh', '-c', 'echo $$ > ${note}; exec sleep 1000']);`,
    ]);
    const pid = await waitFor(() => existsSync(note) && (Number(readFileSync(note, 'utf8')) || undefined), {
      what: 'the program runs',
      deadlineMs: 20_000,
    });
    daemon.kill('SIGKILL');
    await waitFor(() => !isAlive(pid), { what: 'the program has ended', deadlineMs: 10_000 });
  });

  it('is not asked for by a signal to the whole terminal', async () => {
    await aside.begin();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(aside.pid ?? 0, signal);
    assert.equal((await aside.call('run', ['/bin/true'])).exitCode, 0);
    assert.deepEqual(log.lines, []);
  });

  it('by itself fails the calls that are open, is logged, and the next call begins another', async () => {
    const broken = new Aside(log, { program: companion('process.exit(3);') });
    for (let round = 0; round < 2; round += 1)
      await assert.rejects(broken.call('run', ['/bin/true']), { code: 'aside-ended' });
    await broken.close();
    const line = { level: 'error', fields: { how: 'exit code 3' } };
    assert.deepEqual(
      log.lines.map(({ level, fields }) => ({ level, fields })),
      [line, line],
    );
  });

  it('that does not hear an abort is replaced', async () => {
    const hanging = new Aside(log, { program: companion(`${HANG});`), hearingMs: 50 });
    await hanging.begin();
    const stopping = new AbortController();
    const failing = assert.rejects(hanging.call('run', ['/bin/true'], stopping.signal), {
      code: 'aside-ended',
      message: /hangs and is replaced/,
    });
    stopping.abort();
    await failing;
    assert.deepEqual(log.at('error'), ['the process beside hangs and is replaced']);
    await hanging.close();
  });

  it('is not its end while only a work hangs', async () => {
    const program = companion(`
      if (type !== 'abort') return;
      process.send({ type: 'aborting', id });
      setTimeout(() => end(id, 'late'), 1500);`);
    const slow = new Aside(log, { program, hearingMs: 1_000 });
    await slow.begin();
    const stopping = new AbortController();
    const answer = slow.call('run', ['/bin/true'], stopping.signal);
    stopping.abort();
    assert.equal(await answer, 'late');
    assert.deepEqual(log.lines, []);
    await slow.close();
  });

  it('is not taken for one while it has not begun, however long that takes', async () => {
    const program = companion("if (type === 'call') end(id, 'done');", `${HANG}, 500);`);
    const slow = new Aside(log, { program, hearingMs: 50 });
    assert.equal(await slow.call('run', ['/bin/true'], AbortSignal.timeout(10)), 'done');
    assert.deepEqual(log.lines, []);
    await slow.close();
  });
});
