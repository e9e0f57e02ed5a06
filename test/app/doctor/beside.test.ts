/** What lies at the control socket, told apart without changing it; and whether files can be put where they belong. */

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { readBeside } from '../../../src/app/doctor/beside.ts';
import { folderError, lookAtReplaceable } from '../../../src/app/doctor/files.ts';
import { configOf, SMALLEST } from '../config/support.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locum-doctor-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the control socket', () => {
  const found = async (socket: string) => {
    const config = configOf({ environment: { ...SMALLEST, LOCUM_CONTROL__SOCKET: socket } });
    return (await readBeside(config)).facts.found;
  };

  test('is free, and its folder can be made', async () => {
    const expected = { kind: 'absent', folderError: undefined };
    assert.deepEqual(await found(join(folder, 'deep', 'er', 'x.sock')), expected);
  });

  test('was left by a daemon that was killed', async () => {
    const [alive, left] = [join(folder, 'a.sock'), join(folder, 'b.sock')];
    const server = createServer();
    await new Promise<void>(resolve => server.listen(alive, resolve));
    await rename(alive, left);
    await new Promise(resolve => server.close(resolve));
    assert.deepEqual(await found(left), { kind: 'stale' });
  });

  test('is something else', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    assert.deepEqual(await found(file), { kind: 'odd', what: `${file} is no socket` });
  });

  test('is answered by somebody who is no daemon', async () => {
    const path = join(folder, 'x.sock');
    const server = createHttpServer((_request, response) => response.end('hi'));
    await new Promise<void>(resolve => server.listen(path, resolve));
    const answer = await found(path);
    await new Promise(resolve => server.close(resolve));
    assert.ok(answer.kind === 'odd' && answer.what.includes(path));
  });
});

describe('a file that is to be replaced', () => {
  test('may be, where its folder can be written', async () => {
    const path = join(folder, 'f');
    assert.deepEqual(await lookAtReplaceable(path, false), { path, folderError: undefined, mounted: false });
  });

  test('may not, where its folder is missing and nobody makes it', async () => {
    const path = join(folder, 'deep', 'f');
    assert.equal((await lookAtReplaceable(path, false)).folderError, 'ENOENT');
    assert.equal((await lookAtReplaceable(path, true)).folderError, undefined);
  });

  test('may not, where it is a mount', async () => {
    assert.equal((await lookAtReplaceable('/proc', false)).mounted, true);
  });

  test('may not, where the folder is no folder', async () => {
    await writeFile(join(folder, 'file'), '');
    assert.equal(await folderError(join(folder, 'file', 'x'), true), 'ENOTDIR');
  });

  test('may not, where this user may not write; root may anywhere', async () => {
    await mkdir(join(folder, 'closed'));
    await chmod(join(folder, 'closed'), 0o500);
    const expected = process.getuid?.() === 0 ? undefined : 'EACCES';
    assert.equal(await folderError(join(folder, 'closed'), true), expected);
  });
});
