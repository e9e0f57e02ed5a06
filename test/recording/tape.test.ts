/** The tape between core and disk: bounded, in files and sections that can be read alone, and honest about what it lost. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instant } from '../../src/lib/time.ts';
import type { Line } from '../../src/recording/line.ts';
import { type Batch, Tape, type TapeLimits } from '../../src/recording/tape.ts';
import { HEADER } from '../support/recording.ts';

const note = (text: string): Line => ({ kind: 'note', at: instant(0), about: 'a', subject: 'b', text });

function tape(limits: Partial<TapeLimits> = {}, fileBytes = 0): Tape {
  const all = { fileBytes: 1_000_000, waitingBytes: 1_000_000, ...limits };
  return new Tape(all, lost => ({ ...HEADER, lost }), fileBytes);
}

function put(into: Tape, text: string): number | undefined {
  const section = into.open();
  if (section !== undefined) into.write(note(text));
  return section;
}

/** Kinds and texts, headers with what they say is lost. */
function told({ text }: Batch): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map(line => {
      const { kind, lost, text: words } = JSON.parse(line) as { kind: string; lost?: number; text?: string };
      return kind === 'recording' ? `header, ${lost} lost` : (words ?? kind);
    });
}

function taken(from: Tape): readonly string[][] {
  const batches: string[][] = [];
  for (let batch = from.take(); batch !== undefined; batch = from.take())
    batches.push([batch.startsFile ? 'file' : 'more', ...told(batch)]);
  return batches;
}

test('begins with a header, and hands over what waits once', () => {
  const written = tape();
  assert.equal(put(written, 'one'), put(written, 'two'));
  assert.deepEqual(taken(written), [['more', 'header, 0 lost', 'one', 'two']]);
  put(written, 'three');
  assert.deepEqual(taken(written), [['more', 'three']]);
});

test('a file that has grown to its size is followed by one with a header of its own', () => {
  const written = tape({ fileBytes: 300 });
  const sections = ['one', 'two', 'x'.repeat(300), 'three'].map(text => put(written, text));
  assert.deepEqual(sections.at(0), sections.at(1));
  assert.notEqual(sections.at(2), sections.at(3));
  assert.deepEqual(
    taken(written).map(([start, ...lines]) => [start, lines.length]),
    [
      ['more', 4],
      ['file', 2],
    ],
  );
});

test('one that is full already when the daemon starts is followed at once', () => {
  const written = tape({ fileBytes: 300 }, 300);
  put(written, 'one');
  assert.deepEqual(taken(written), [['file', 'header, 0 lost', 'one']]);
});

describe('what does not fit', () => {
  test('is dropped, counted, and told by the header of a new section', () => {
    const written = tape({ waitingBytes: 250 });
    const before = put(written, 'x'.repeat(250));
    assert.equal(put(written, 'lost'), undefined);
    assert.equal(put(written, 'lost too'), undefined);
    assert.equal(written.lost, 2);
    taken(written);
    assert.notEqual(put(written, 'again'), before);
    assert.deepEqual(taken(written), [['more', 'header, 2 lost', 'again']]);
  });

  test('never is more than a line beyond the bound', () => {
    const written = tape({ waitingBytes: 10_000 });
    for (let i = 0; i < 10_000; i++) put(written, 'x'.repeat(100));
    assert.ok((written.take()?.text.length ?? 0) < 10_500);
  });
});

describe('what could not be written', () => {
  test('is lost with all that waited behind it, which leans on it', () => {
    const written = tape();
    put(written, 'one');
    const batch = written.take();
    assert.ok(batch);
    put(written, 'two');
    written.lose(batch, 0);
    assert.equal(written.lost, 3);
    put(written, 'three');
    assert.deepEqual(taken(written), [['more', 'header, 3 lost', 'three']]);
  });

  test('is measured by what the file holds', () => {
    const written = tape({ fileBytes: 500 });
    put(written, 'x'.repeat(500));
    const batch = written.take();
    assert.ok(batch);
    written.lose(batch, 120);
    put(written, 'one');
    assert.equal(written.take()?.startsFile, false);
  });
});
