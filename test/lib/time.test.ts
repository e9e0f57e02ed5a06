/** Durations and instants: units, reading, writing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  after,
  between,
  centiseconds,
  earlier,
  formatDuration,
  inCentiseconds,
  inMilliseconds,
  inSeconds,
  instant,
  later,
  microseconds,
  milliseconds,
  parseDuration,
  seconds,
} from '../../src/lib/time.ts';

test('durations are whole microseconds in every unit', () => {
  assert.equal(seconds(1.5), 1_500_000);
  assert.equal(centiseconds(1), 10_000);
  assert.equal(milliseconds(0.0004), 0);
  assert.equal(microseconds(2.5), 3);
  assert.equal(inSeconds(seconds(3)), 3);
  assert.equal(inCentiseconds(seconds(40.95)), 4095);
  assert.equal(inMilliseconds(microseconds(250)), 0.25);
});

test('instants move by durations and order themselves', () => {
  const start = instant(100);
  const end = after(start, microseconds(50));
  assert.equal(end, 150);
  assert.equal(between(start, end), 50);
  assert.equal(earlier(start, end), start);
  assert.equal(later(start, end), end);
});

test('a duration is read with its unit', () => {
  const read: Record<string, number> = {
    '10us': 10,
    '250ms': 250_000,
    '1s': 1_000_000,
    '1.5s': 1_500_000,
    '2m': 120_000_000,
    '1h': 3_600_000_000,
    ' 3s ': 3_000_000,
    '0s': 0,
  };
  for (const [text, expected] of Object.entries(read)) assert.equal(parseDuration(text), expected, text);
});

test('what is no duration is undefined, not zero', () => {
  const refused = [
    '',
    '1',
    '1 s',
    '-1s',
    '.5s',
    '1.s',
    '1d',
    's',
    '1s1',
    '1e3s',
    'NaNs',
    '99999999999999999h',
  ];
  for (const text of refused) assert.equal(parseDuration(text), undefined, text);
});

test('a duration is written in the shortest exact way', () => {
  assert.equal(formatDuration(seconds(1)), '1s');
  assert.equal(formatDuration(seconds(90)), '90s');
  assert.equal(formatDuration(seconds(120)), '2m');
  assert.equal(formatDuration(milliseconds(250)), '250ms');
  assert.equal(formatDuration(microseconds(1500)), '1500us');
  assert.equal(formatDuration(microseconds(0)), '0s');
});

test('any duration that is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), us => {
      assert.equal(parseDuration(formatDuration(microseconds(us))), us);
    }),
  );
});
