/** The file of a recording on a real disk: kept to ourselves, rotated, whole lines only, and nothing touched that is not a recording. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { encodeLine } from '../../src/recording/line.ts';
import { predecessorOf, RecordingFile } from '../../src/recording/recording-file.ts';
import { HEADER } from '../support/recording.ts';

const FIRST = encodeLine(HEADER);
const more = (text: string) => ({ text, startsFile: false });

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'locum-recording-'));
  path = join(folder, 'web.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function opened(at = path): Promise<RecordingFile> {
  const file = await RecordingFile.open(at);
  assert.ok(file.ok, file.ok ? '' : file.error.message);
  return file.value;
}

async function refusal(at = path): Promise<string> {
  const file = await RecordingFile.open(at);
  assert.ok(!file.ok, 'it is refused');
  return file.error.message;
}

const read = (of = path): string => readFileSync(of, 'utf8');

test('is for its owner alone, also when it was not before', async () => {
  const file = await opened();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(await file.append(more(FIRST)), undefined);
  await file.close();
  chmodSync(path, 0o644);
  const again = await opened();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await again.close();
});

test('one that is there is gone on with, less a line that was cut', async () => {
  writeFileSync(path, `${FIRST}{"kind":"note","at"`);
  const file = await opened();
  assert.equal(file.size, FIRST.length);
  await file.append(more('x\n'));
  await file.close();
  assert.equal(read(), `${FIRST}x\n`);
});

test('a new file leaves one predecessor', async () => {
  const file = await opened();
  for (const startsFile of [true, true, true])
    assert.equal(await file.append({ text: `${FIRST}${file.size}\n`, startsFile }), undefined);
  await file.close();
  assert.equal(read(), `${FIRST}0\n`.replace('0\n', `${FIRST.length + 4}\n`));
  assert.ok(existsSync(predecessorOf(path)));
  assert.equal(existsSync(`${path}.2`), false);
  assert.equal(statSync(predecessorOf(path)).mode & 0o777, 0o600);
});

describe('is not opened, and nothing is touched', () => {
  test('without its folder', async () => {
    assert.match(await refusal(join(folder, 'none', 'x')), /cannot open .*ENOENT.*; make its folder first/);
  });

  test('a folder', async () => {
    assert.match(await refusal(folder), /name a file, not a folder/);
  });

  test('a file that is something else', async () => {
    writeFileSync(path, 'root:x:0:0\n');
    assert.match(await refusal(), /is there already and is no recording of Locum; name another file/);
    assert.equal(read(), 'root:x:0:0\n');
  });

  test('through a symbolic link', async () => {
    symlinkSync(join(folder, 'elsewhere'), path);
    assert.match(await refusal(), /a symbolic link is not followed/);
    assert.equal(existsSync(join(folder, 'elsewhere')), false);
  });

  test('a device', async () => {
    assert.match(await refusal('/dev/null'), /is no regular file/);
  });
});

describe('what goes wrong later is said, and ends with it', () => {
  test('the file is removed: the next writes another one', async () => {
    const file = await opened();
    await file.append(more(FIRST));
    rmSync(path);
    assert.match((await file.append(more('x\n')))?.message ?? '', /was removed or replaced/);
    assert.equal(file.size, 0);
    assert.equal(await file.append(more(FIRST)), undefined);
    await file.close();
    assert.equal(read(), FIRST);
  });

  test('the folder is removed and comes back', async () => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    const file = await opened(join(inner, 'x'));
    rmSync(inner, { recursive: true });
    assert.ok(await file.append(more(FIRST)));
    assert.match((await file.append(more(FIRST)))?.message ?? '', /make its folder first/);
    mkdirSync(inner);
    assert.equal(await file.append(more(FIRST)), undefined);
    await file.close();
    assert.equal(read(join(inner, 'x')), FIRST);
  });

  test('somebody puts another file in its place: it is not touched', async () => {
    const file = await opened();
    await file.append(more(FIRST));
    renameSync(path, `${path}.kept`);
    writeFileSync(path, 'precious');
    assert.ok(await file.append(more('x\n')));
    assert.match((await file.append(more('x\n')))?.message ?? '', /is no recording of Locum/);
    await file.close();
    assert.equal(read(), 'precious');
    assert.equal(read(`${path}.kept`), FIRST);
  });
});
