/** Scenarios to read: what a few routers do, moment by moment. `LOCUM_REWRITE=1` writes the files anew; read the difference. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/paths.ts';
import { play } from './transcript.ts';

const FOLDER = join(ROOT, 'test', 'vrrp', 'transcripts');

for (const name of readdirSync(FOLDER).sort()) {
  test(`transcript ${name}`, () => {
    const path = join(FOLDER, name);
    const written = readFileSync(path, 'utf8');
    const played = play(written);
    if (process.env['LOCUM_REWRITE'] === '1') writeFileSync(path, played);
    else assert.equal(played, written);
  });
}
