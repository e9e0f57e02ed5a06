/** The bounds against figures made up for the purpose. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge } from './bounds.ts';
import type { Cell, Run } from './cell.ts';

function cell(contender: Cell['contender'], fault: string, intervalMs: number, runs: Partial<Run>[]): Cell {
  const none = { answerMs: 0, advertMs: 0, silenceMs: 0, lost: 0 };
  return { contender, fault, intervalMs, runs: runs.map(run => ({ ...none, ...run })) };
}

const answers = (...values: number[]): Partial<Run>[] => values.map(answerMs => ({ answerMs }));
const held = (cells: Cell[]): boolean[] => judge(cells).map(({ holds }) => holds);

describe('nginx killed at 1 s', () => {
  test('holds with a quick median and a bearable worst', () => {
    assert.deepEqual(held([cell('locum', 'nginx-killed', 1_000, answers(12, 14, 60))]), [true, true]);
  });

  test('does not hold with a slow median', () => {
    assert.deepEqual(held([cell('locum', 'nginx-killed', 1_000, answers(12, 16, 17))]), [false, true]);
  });

  test('does not hold with one slow run, nor with one that never ended', () => {
    assert.deepEqual(held([cell('locum', 'nginx-killed', 1_000, answers(12, 14, 61))]), [true, false]);
    const never = [cell('locum', 'nginx-killed', 1_000, answers(12, 14, Number.POSITIVE_INFINITY))];
    assert.deepEqual(held(never), [true, false]);
  });

  test('says nothing of other intervals and of keepalived', () => {
    assert.deepEqual(judge([cell('locum', 'nginx-killed', 100, answers(90))]), []);
    assert.deepEqual(judge([cell('keepalived', 'nginx-killed', 1_000, answers(3_600))]), []);
  });
});

test('daemon stopped at 1 s: the median counts', () => {
  assert.deepEqual(held([cell('locum', 'daemon-stopped', 1_000, answers(10, 15, 99))]), [true]);
  assert.deepEqual(held([cell('locum', 'daemon-stopped', 1_000, answers(10, 15.1, 99))]), [false]);
});

describe('node cut off, beside keepalived', () => {
  const beside = (intervalMs: number, ours: number, theirs: number): boolean[] => {
    const runs = (ms: number): Partial<Run>[] => [{ answerMs: ms, advertMs: ms }];
    return held([
      cell('locum', 'cut-off', intervalMs, runs(ours)),
      cell('keepalived', 'cut-off', intervalMs, runs(theirs)),
    ]);
  };

  test('5 % where that is more', () => {
    assert.deepEqual(beside(1_000, 3_150, 3_000), [true, true]);
    assert.deepEqual(beside(1_000, 3_151, 3_000), [false, false]);
  });

  test('5 ms where that is more', () => {
    assert.deepEqual(beside(10, 35, 30), [true, true]);
    assert.deepEqual(beside(10, 35.1, 30), [false, false]);
  });

  test('earlier is no fault', () => {
    assert.deepEqual(beside(100, 200, 300), [true, true]);
  });

  test('without keepalived in the run there is nothing to judge by', () => {
    assert.deepEqual(judge([cell('locum', 'cut-off', 10, answers(30))]), []);
  });
});

describe('node frozen', () => {
  const gone = (intervalMs: number, ...values: number[]): boolean[] =>
    held([
      cell(
        'locum',
        'frozen',
        intervalMs,
        values.map(releasedMs => ({ releasedMs })),
      ),
    ]);

  test('the address goes within the lease and half a second, every time', () => {
    assert.deepEqual(gone(1_000, 3_600, 4_500), [true]);
    assert.deepEqual(gone(1_000, 3_600, 4_501), [false]);
    assert.deepEqual(gone(10, 2_500), [true]);
    assert.deepEqual(gone(10, 2_501), [false]);
  });

  test('an address that stays is a failure', () => {
    assert.deepEqual(gone(100, 2_000, Number.POSITIVE_INFINITY), [false]);
  });
});
