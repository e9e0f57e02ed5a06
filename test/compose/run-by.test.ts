/** Every script and every shown output in the documents for users, and the test that runs it: one that is not in this table is run by none. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { documents } from '../support/documents.ts';
import { ROOT } from '../support/paths.ts';

const TYPED = 'e2e/documents.test.ts';
const WAYS = 'e2e/ways/table.ts';
const IMAGES = 'support/docker-images.ts';

/** By document and heading; each file is below `test/`. */
const RUN_BY: Readonly<Record<string, string>> = {
  'README.md: Three commands': 'bootstrap.mjs',
  'README.md: Try it with Docker': WAYS,
  'README.md: Weights': 'cli/readme.test.ts',
  'README.md: Look at it': TYPED,
  'README.md: Take a node out of service': TYPED,
  'README.md: Beside keepalived': 'netns/tutorial.test.ts',
  'compose/OPERATING.md: Take a node out of service': TYPED,
  'compose/OPERATING.md: Change settings while it runs': TYPED,
  'compose/README.md: The trial': TYPED,
  'compose/README.md: Two addresses, each node master of one': WAYS,
  'compose/README.md: Beside keepalived': WAYS,
  'compose/README.md: A pair on two hosts': TYPED,
  'compose/README.md: An address of its own for each node': TYPED,
  'compose/README.md: Beside an nginx that exists': TYPED,
  'compose/README.md: A host without containers': 'netns/host-service.test.ts',
  'compose/README.md: From keepalived to Locum': TYPED,
  'compose/README.md: Out of service and back': TYPED,
  'compose/README.md: The Docker socket': WAYS,
  'compose/README.md: With the least of rights': WAYS,
  'compose/TROUBLESHOOTING.md: None of these': 'netns/record.test.ts',
  'docker/README.md: The image': IMAGES,
  'docker/README.md: Without an image registry': IMAGES,
  'nginx/README.md: Why is it not there?': 'cli/readme.test.ts',
};

/** Those are held against what the commands print, block by block: guide.ts. */
const MARKED = /<!-- (?:run|play [^>]*|file [^>]*) -->\n$/;
const BLOCK = /```(?:sh|text)\n([\s\S]*?)```/g;
const HEADING = /^#{1,3} (.*)$/gm;

/** `document: heading` of everything that is typed in it and stands in no marked block. */
function typedIn(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return [...text.matchAll(BLOCK)].flatMap(({ 0: block, 1: body = '', index }) => {
    const above = text.slice(0, index);
    const isScript = block.startsWith('```sh') || /^\$ /m.test(body);
    if (!isScript || MARKED.test(above)) return [];
    return [`${path}: ${[...above.matchAll(HEADING)].at(-1)?.[1] ?? ''}`];
  });
}

describe('what the documents show to be typed', () => {
  const shown = new Set(documents().flatMap(typedIn));

  test('is run by a test', () => {
    assert.deepEqual(
      [...shown].filter(place => RUN_BY[place] === undefined),
      [],
    );
  });

  test('is still there', () => {
    assert.deepEqual(
      Object.keys(RUN_BY).filter(place => !shown.has(place)),
      [],
    );
  });

  for (const [place, file] of Object.entries(RUN_BY))
    test(`${place}: ${file}`, () => {
      const path = join(ROOT, 'test', file);
      assert.ok(existsSync(path));
      const [, heading = ''] = place.split(': ');
      if (file === TYPED) assert.ok(readFileSync(path, 'utf8').includes(`'${heading}'`));
    });
});
