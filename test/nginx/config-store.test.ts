/** The rendered file: replaced whole or not at all. */

import assert from 'node:assert/strict';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ConfigStore } from '../../src/nginx/config-store.ts';

describe('config store', () => {
  let folder = '';
  let store: ConfigStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locum-store-'));
    store = new ConfigStore(join(folder, 'upstreams.conf'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads what it wrote, and undefined before', async () => {
    assert.deepEqual(await store.read(), { ok: true, value: undefined });
    assert.deepEqual(await store.write('one\n'), { ok: true, value: undefined });
    assert.deepEqual(await store.read(), { ok: true, value: 'one\n' });
    await store.write(undefined);
    assert.deepEqual(await store.read(), { ok: true, value: undefined });
  });

  it('replaces the file by a rename: whoever has the old one open keeps it whole', async () => {
    await store.write('one\n');
    const before = await stat(store.path);
    await store.write('two\n');
    assert.notEqual((await stat(store.path)).ino, before.ino);
  });

  it('leaves nothing beside the file, and the file readable by all', async () => {
    await store.write('one\n');
    assert.deepEqual(await readdir(folder), ['upstreams.conf']);
    assert.equal((await stat(store.path)).mode & 0o777, 0o644);
  });

  it('takes over from a draft that a crash left behind', async () => {
    await writeFile(join(folder, '.upstreams.conf.new'), 'half');
    await store.write('one\n');
    assert.deepEqual(await readdir(folder), ['upstreams.conf']);
  });

  it('keeps the old bytes and says why when it cannot write', async () => {
    await store.write('one\n');
    await mkdir(join(folder, '.upstreams.conf.new'));
    const writing = await store.write('two\n');
    assert.equal(writing.ok, false);
    assert.match(
      writing.ok ? '' : writing.error.message,
      /cannot write nginx's upstreams file .*upstreams.conf: .*remove what lies there/,
    );
    assert.equal(await readFile(store.path, 'utf8'), 'one\n');
  });

  it('writes to nothing but its own file, whatever lies where its draft goes', async () => {
    const other = join(folder, 'other');
    const draft = join(folder, '.upstreams.conf.new');
    await writeFile(other, 'theirs');
    for (const make of [symlink, link]) {
      await make(other, draft);
      assert.equal((await store.write('one\n')).ok, true);
      assert.equal(await readFile(other, 'utf8'), 'theirs');
      assert.equal(await readFile(store.path, 'utf8'), 'one\n');
      assert.equal((await lstat(store.path)).isSymbolicLink(), false);
    }
  });

  it('says what to do when the folder is missing', async () => {
    const writing = await new ConfigStore(join(folder, 'missing', 'upstreams.conf')).write('x');
    assert.match(writing.ok ? '' : writing.error.message, /mount the folder that nginx includes from/);
  });

  it('says why it cannot read', async () => {
    await mkdir(store.path);
    const reading = await store.read();
    assert.equal(reading.ok ? '' : reading.error.code, 'EISDIR');
    await chmod(store.path, 0o755);
  });
});
