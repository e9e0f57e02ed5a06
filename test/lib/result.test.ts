/** Results as values. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { err, ok, type Result } from '../../src/lib/result.ts';

test('a result is a value or an error, told apart by ok', () => {
  const half = (n: number): Result<number, string> => (n % 2 === 0 ? ok(n / 2) : err(`${n} is odd`));
  assert.deepEqual(half(4), { ok: true, value: 2 });
  assert.deepEqual(half(3), { ok: false, error: '3 is odd' });
});
