/** What files say, to read: test/keepalived/readings/. `LOCUM_REWRITE=1` writes the answers anew; read the difference. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/paths.ts';
import { transcriptOf } from './support.ts';

const FOLDER = join(ROOT, 'test', 'keepalived', 'readings');

for (const name of readdirSync(FOLDER).sort())
  test(`reads ${name}`, () => {
    const path = join(FOLDER, name);
    const written = readFileSync(path, 'utf8');
    const read = transcriptOf(written);
    if (process.env['LOCUM_REWRITE'] === '1') writeFileSync(path, read);
    else assert.equal(read, written);
  });
