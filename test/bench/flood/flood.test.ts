/** What the flood's table holds against a cell, and how it reads. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FloodCell } from './cell.ts';
import { faultsOf, table } from './flood.ts';

const CELL: FloodCell = {
  contender: 'locum',
  kind: 'checksum',
  rate: 100_000,
  sentPerSecond: 99_000,
  intervalMs: 1_000,
  worstGapMs: 1_003,
  adverts: 10,
  takeovers: 0,
  takeoverMs: 3_100,
  masterCpuPercent: 9,
  backupCpuPercent: 8,
  dropped: { judged: 10_000, unread: 900_000 },
};

test('a tenth of the interval is allowed, or 5 ms, and the master-down interval', () => {
  assert.deepEqual(faultsOf(CELL), []);
  assert.deepEqual(faultsOf({ ...CELL, worstGapMs: 1_100 }), []);
  assert.deepEqual(faultsOf({ ...CELL, worstGapMs: 1_101 }), ['adverts late']);
  assert.deepEqual(faultsOf({ ...CELL, intervalMs: 10, worstGapMs: 15, takeoverMs: 36 }), []);
  assert.deepEqual(faultsOf({ ...CELL, intervalMs: 10, worstGapMs: 15.1, takeoverMs: 36 }), ['adverts late']);
  assert.deepEqual(faultsOf({ ...CELL, takeovers: 1, takeoverMs: Number.POSITIVE_INFINITY }), [
    'false takeover',
    'takeover late',
  ]);
});

test('the two stand one above the other, and keepalived is held to nothing', () => {
  const peer: FloodCell = {
    ...CELL,
    contender: 'keepalived',
    takeovers: 1,
    sentPerSecond: 9,
    dropped: undefined,
  };
  const rows = table([CELL, peer]).slice(3);
  assert.match(rows[0] ?? '', /^checksum +100000 +Locum .* 10000 \+ 900000 +holds$/);
  assert.match(rows[1] ?? '', /^ +keepalived .* – +rate not reached$/);
});
