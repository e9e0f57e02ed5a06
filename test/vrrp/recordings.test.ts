/**
 * What nodes went through, recorded by `locum run --record`: the core still does the same.
 *
 * A bug report becomes a test by putting its recording into the folder: it agrees with the version that has the bug. Once that is fixed it
 * differs where the bug was; `LOCUM_REWRITE=1` writes down what the core does now. Read the difference: it is the fix, and nothing else.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/paths.ts';
import { assertAgrees, play, rewritten, transitionsOf } from '../support/recording.ts';

const FOLDER = join(ROOT, 'test', 'vrrp', 'recordings');
const recordings = readdirSync(FOLDER).sort();

for (const name of recordings)
  test(`recording ${name}: the core does the same`, () => {
    const path = join(FOLDER, name);
    const recorded = readFileSync(path, 'utf8');
    if (process.env['LOCUM_REWRITE'] === '1') writeFileSync(path, rewritten(recorded));
    else assertAgrees(recorded);
  });

test('one that differs agrees once it is written anew', () => {
  const recorded = readFileSync(join(FOLDER, 'hand-over-node-a.jsonl'), 'utf8');
  const other = recorded
    .replaceAll('"advertise 70"', '"advertise 71"')
    .replaceAll('"priority":98', '"priority":97');
  assert.ok(play(other).differences.length > 0);
  assertAgrees(rewritten(other));
  assert.equal(rewritten(recorded), rewritten(rewritten(recorded)));
});

test('a hand-over, a takeover, a tracker that flaps and a drain are among them', () => {
  const all = recordings.flatMap(name =>
    transitionsOf(assertAgrees(readFileSync(join(FOLDER, name), 'utf8'))),
  );
  for (const words of ['(higher-priority)', '(master-yielded)', '(master-silent)', 'drained by an operator'])
    assert.ok(
      all.some(line => line.includes(words)),
      words,
    );
});
