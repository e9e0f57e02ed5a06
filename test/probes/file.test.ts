/** The file tracker with real files: what a content stands for, and how fast a change is noticed. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FileProbe } from '../../src/probes/file.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { waitFor } from '../support/wait.ts';
import { makeFolder, type TestFolder } from './folder.ts';

describe('file probe', () => {
  let folder: TestFolder;
  let path: string;
  let probe: FileProbe;
  let notices = 0;
  let stop: () => void = () => undefined;

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder.path, 'points');
    probe = new FileProbe(path);
    notices = 0;
  });
  afterEach(async () => {
    stop();
    stop = () => undefined;
    await folder.remove();
  });

  const look = async () => (await probe.check()) as Outcome;
  const numberIn = async (content: string) => {
    await writeFile(path, content);
    const { ok, value } = await look();
    assert.equal(ok, value === 0, content);
    return value;
  };
  const noticed = async (what: string, act: () => Promise<unknown>) => {
    const before = notices;
    await act();
    await waitFor(() => notices > before, { what, deadlineMs: 2_000, everyMs: 1 });
  };
  const watch = async () => {
    stop = probe.watch(() => notices++);
    await probe.check();
  };

  it('reads a whole number', async () => {
    assert.equal(await numberIn('0'), 0);
    assert.equal(await numberIn('5\n'), 5);
    assert.equal(await numberIn(' -30 '), -30);
    assert.equal(await numberIn('+7'), 7);
    assert.deepEqual(await probe.check(), { ok: false, detail: `${path} holds 7`, value: 7 });
  });

  it('takes anything else for 0, and never shows it', async () => {
    assert.deepEqual(await probe.check(), {
      ok: true,
      detail: `there is no ${path}, which counts as 0`,
      value: 0,
    });
    for (const content of ['', 'geheim', '1.5', '0x10', '5 6', '1'.repeat(80), '-']) {
      assert.equal(await numberIn(content), 0, content);
      assert.doesNotMatch((await probe.check()).detail, /geheim|1\.5/);
    }
    assert.ok(Object.is((await numberIn('-0')) ?? 1, 0), 'not minus zero');
  });

  it('says nothing of what cannot be read, and does not wait for a pipe', async () => {
    await mkdir(path);
    assert.deepEqual(await probe.check(), { ok: undefined, detail: `${path} cannot be read (EISDIR)` });
    await rm(path, { recursive: true });
    execFileSync('mkfifo', [path]);
    assert.equal((await look()).value, 0);
  });

  it('notices that it is written, replaced and removed', async () => {
    await watch();
    await noticed('a new file', () => writeFile(path, '1'));
    await noticed('a new content', () => writeFile(path, '2'));
    await folder.write('other', '3');
    await noticed('a replacement', () => rename(join(folder.path, 'other'), path));
    assert.equal((await look()).value, 3);
    await noticed('a removal', () => rm(path));
  });

  it('does not take the moment between emptying and writing for 0', async () => {
    await writeFile(path, '');
    const looking = look();
    setTimeout(() => void writeFile(path, '9'), 1);
    assert.equal((await looking).value, 9);
  });

  it('watches again in a folder that comes later, or comes anew', async () => {
    const inner = join(folder.path, 'inner');
    path = join(inner, 'points');
    probe = new FileProbe(path);
    await watch();
    await mkdir(inner);
    await probe.check();
    await noticed('a file in the new folder', () => writeFile(path, '1'));
    await rm(inner, { recursive: true });
    await mkdir(inner);
    await waitFor(
      async () => {
        await probe.check();
        const before = notices;
        await writeFile(path, '2');
        return waitFor(() => notices > before, { what: 'a notice', deadlineMs: 50, everyMs: 1 });
      },
      { what: 'notices again', deadlineMs: 3_000 },
    );
  });
});
