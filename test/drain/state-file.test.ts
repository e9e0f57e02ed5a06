/** The file that makes a drain survive the daemon, on a real file system. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { StateFile } from '../../src/drain/state-file.ts';

const SINCE = '2026-01-31T12:00:00.000Z';

let folder: string;
let path: string;
let file: StateFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locum-drain-test-'));
  path = join(folder, 'state', 'drained.json');
  file = new StateFile(path);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what was written is read, until it is removed', async () => {
  assert.deepEqual(await file.read(), { ok: true, value: undefined });
  assert.equal((await file.write(SINCE)).ok, true);
  assert.deepEqual(await new StateFile(path).read(), { ok: true, value: { since: SINCE } });
  assert.deepEqual(await readdir(join(folder, 'state')), ['drained.json'], 'and no draft is left');
  assert.equal((await file.remove()).ok, true);
  assert.deepEqual(await file.read(), { ok: true, value: undefined });
  assert.equal((await file.remove()).ok, true, 'twice is as good as once');
});

test('that it is there is what counts, whatever it says', async () => {
  await mkdir(join(folder, 'state'));
  for (const text of ['', 'drained', '[]', 'null', '{"since": 7}', '{"since": "yesterday"}']) {
    await writeFile(path, text);
    assert.deepEqual(await file.read(), { ok: true, value: { since: undefined } }, text);
  }
});

describe('what cannot be done names the path and what to do', () => {
  async function messageOf(what: 'read' | 'write' | 'remove'): Promise<string> {
    const result = await (what === 'write' ? file.write(SINCE) : file[what]());
    assert.ok(!result.ok);
    return result.error.message;
  }

  test('the folder is a file', async () => {
    await writeFile(join(folder, 'state'), '');
    assert.match(await messageOf('write'), /^cannot write .*drained\.json: .*: set drain\.state-file/);
    assert.match(await messageOf('read'), /^cannot read .*drained\.json: ENOTDIR/);
  });

  test('the file is a folder', async () => {
    await mkdir(path, { recursive: true });
    assert.match(await messageOf('read'), /EISDIR.*; set drain\.state-file to the path of a file/);
    await messageOf('write');
    await messageOf('remove');
    assert.deepEqual(await readdir(join(folder, 'state')), ['drained.json'], 'no draft is left');
  });
});
