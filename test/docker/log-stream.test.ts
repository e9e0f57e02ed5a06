/** A container's log, framed or as it is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readLogStream } from '../../src/docker/log-stream.ts';

const frame = (stream: number, text: string): Uint8Array => {
  const body = new TextEncoder().encode(text);
  const octets = new Uint8Array(8 + body.length);
  octets[0] = stream;
  new DataView(octets.buffer).setUint32(4, body.length);
  octets.set(body, 8);
  return octets;
};
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap(part => [...part]));

test('frames are put together, of both streams', () => {
  assert.equal(readLogStream(joined(frame(2, 'one\n'), frame(1, 'zwei ü\n'))), 'one\nzwei ü\n');
});

test('the log of a terminal has no frames', () => {
  assert.equal(readLogStream(new TextEncoder().encode('2026/11/22 [emerg] no\n')), '2026/11/22 [emerg] no\n');
  assert.equal(readLogStream(new Uint8Array()), '');
});

test('a frame that was cut off gives what there is of it, and nothing is thrown', () => {
  assert.equal(readLogStream(frame(2, 'half of it').subarray(0, 12)), 'half');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), octets => typeof readLogStream(octets) === 'string'),
  );
});
