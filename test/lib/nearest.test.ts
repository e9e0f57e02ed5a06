/** Suggestions for misspelt names. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../src/lib/nearest.ts';

test('a misspelt name finds the valid one', () => {
  assert.equal(nearest('prioritty', ['priority', 'preempt', 'vrid']), 'priority');
  assert.equal(nearest('vird', ['priority', 'vrid']), 'vrid');
});

test('a name that resembles none finds none', () => {
  assert.equal(nearest('colour', ['priority', 'vrid']), undefined);
  assert.equal(nearest('vrid', []), undefined);
});
