/** Broken invariants say what was broken. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, assert as holds, unreachable } from '../../src/lib/assert.ts';

test('a broken invariant says what was broken', () => {
  assert.doesNotThrow(() => holds(true, 'fine'));
  assert.throws(() => holds(false, 'one address at least'), new AssertionError('one address at least'));
});

test('the branch that cannot be reached names the value that reached it', () => {
  assert.throws(() => unreachable({ name: 'limbo' } as never), /unreachable: \{"name":"limbo"\}/);
});
