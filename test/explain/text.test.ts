/** Tables and times. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tableText, timeText, wrap } from '../../src/explain/text.ts';

describe('text', () => {
  it('wraps between words and at line breaks, never within a word', () => {
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrap('a\nb c', 9), ['a', 'b c']);
    assert.deepEqual(wrap('unbreakable', 3), ['unbreakable']);
  });

  it('aligns columns', () => {
    const columns = [{ title: 'name', width: 5 }, { title: 'n', align: 'right' as const }, { title: 'why' }];
    assert.deepEqual(
      tableText(columns, [
        ['a b c d', '10', 'x'],
        ['e', '2'],
      ]),
      ['  name    n  why', '  a b c  10  x', '  d', '  e       2'],
    );
  });

  it('shows times at their scale', () => {
    assert.deepEqual([0, 6_240, 99_949, 99_950, 999_499, 999_500, 3_610_000].map(timeText), [
      '0.0 ms',
      '6.2 ms',
      '99.9 ms',
      '100 ms',
      '999 ms',
      '1.00 s',
      '3.61 s',
    ]);
  });
});
