/** Which file is read, and what is said when it cannot be. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readConfigFile } from '../../../src/app/config/file.ts';

describe('the configuration file', () => {
  let folder: string;
  let good: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locum-file-test-'));
    good = join(folder, 'good.yaml');
    await writeFile(good, 'vrid: 51\n');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is the one that is named, else the one of LOCUM_CONFIG', async () => {
    const expected = { ok: true, value: { name: good, content: 'vrid: 51\n' } };
    assert.deepEqual(await readConfigFile(good, { LOCUM_CONFIG: '/nowhere' }), expected);
    assert.deepEqual(await readConfigFile(undefined, { LOCUM_CONFIG: good }), expected);
  });

  it('must be there when it is named', async () => {
    const read = await readConfigFile(undefined, { LOCUM_CONFIG: join(folder, 'none.yaml') });
    assert.ok(!read.ok);
    assert.match(read.error.what, /none.yaml cannot be read: there is no such file/);
    assert.equal(read.error.source, 'environment LOCUM_CONFIG');
  });

  it('must be a file of text, and no larger than any configuration', async () => {
    const large = join(folder, 'large.yaml');
    const binary = join(folder, 'binary.yaml');
    await writeFile(large, 'x'.repeat(1_048_577));
    await writeFile(binary, Buffer.from([0xff, 0xfe, 0x00]));
    for (const path of [large, binary, folder]) {
      const read = await readConfigFile(path, {});
      assert.ok(!read.ok, path);
      assert.equal(read.error.source, '--config');
    }
  });
});
