/** Which files an include names. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readIncluded } from '../../src/app/keepalived-files.ts';

describe('include', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'locum-include-test-'));
    mkdirSync(join(folder, 'conf.d'));
    for (const name of ['b.conf', 'a.conf', 'c.txt', '.hidden.conf', 'x[1].conf', 'two words.conf'])
      writeFileSync(join(folder, 'conf.d', name), name);
    writeFileSync(join(folder, 'large'), Buffer.alloc(1_048_577));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function included(pattern: string): string {
    const found = readIncluded(pattern, join(folder, 'keepalived.conf'));
    return found.ok ? found.value.map(({ text }) => text).join(' ') : found.error;
  }

  const cases: [pattern: string, texts: string][] = [
    ['conf.d/a.conf', 'a.conf'],
    ['"conf.d/two words.conf"', 'two words.conf'],
    ['conf.d/?.conf', 'a.conf b.conf'],
    ['conf.d/[!a].*', 'b.conf c.txt'],
    ['*/[a-b].conf', 'a.conf b.conf'],
    ['conf.d/.h*', '.hidden.conf'],
    ['conf.d/x*.conf', 'x[1].conf'],
    ['conf.d/**************************z', 'no file is called that'],
    ['none/*.conf', 'no file is called that'],
  ];
  for (const [pattern, texts] of cases) it(pattern, () => assert.equal(included(pattern), texts));

  it('takes absolute paths', () => assert.equal(included(join(folder, 'conf.d', 'c.txt')), 'c.txt'));
  it('says why nothing was read', () => {
    assert.match(included('none.conf'), /ENOENT/);
    assert.match(included('large'), /larger than 1 MiB/);
    assert.match(included('conf.d/[z-a].conf'), /cannot be read|no file/);
  });
});
