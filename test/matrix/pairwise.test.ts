/** The selection keeps its promise, for any combinations: every pair that occurs is chosen, nothing is chosen in vain. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CELLS } from './cells.ts';
import { pairsOf, pairwise } from './pairwise.ts';

const combinations = fc.array(
  fc.record({
    size: fc.constantFrom('small', 'large'),
    colour: fc.constantFrom('red', 'green', 'blue'),
    shape: fc.constantFrom('round', 'square', 'long', 'flat'),
  }),
  { maxLength: 30 },
);

const pairsIn = (of: Parameters<typeof pairwise>[0]): Set<string> => new Set(of.flatMap(pairsOf));

describe('the selection of pairs', () => {
  test('any two values that meet anywhere meet in it', () => {
    fc.assert(fc.property(combinations, all => assert.deepEqual(pairsIn(pairwise(all)), pairsIn(all))));
  });

  test('each brings a pair that those before it have not', () => {
    fc.assert(
      fc.property(combinations, all => {
        const seen = new Set<string>();
        for (const one of pairwise(all)) {
          const pairs = pairsOf(one);
          assert.ok(pairs.some(pair => !seen.has(pair)));
          for (const pair of pairs) seen.add(pair);
        }
      }),
    );
  });

  test('is the same every time', () => {
    assert.deepEqual(pairwise(CELLS), pairwise([...CELLS]));
  });

  test('of the matrix is small', () => {
    const chosen = pairwise(CELLS);
    assert.ok(chosen.length <= 20, `${chosen.length} of ${CELLS.length}`);
  });

  test('two dimensions: everything', () => {
    const all = ['1', '2', '3'].flatMap(a => ['x', 'y'].map(b => ({ a, b })));
    assert.deepEqual(pairwise(all), all);
  });
});
