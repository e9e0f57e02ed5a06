/** The compact form for many trackers: which combinations are shown, which are folded, and how alike ones are joined. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explain } from '../../src/explain/explain.ts';
import type { NodeModel } from '../../src/explain/model.ts';
import { renderExplanation } from '../../src/explain/render.ts';
import { joinAlike, type Line } from '../../src/explain/row-lines.ts';
import { FULL_TABLE_TRACKERS } from '../../src/explain/table.ts';
import { fails, node, tracker } from './support.ts';

/** A pair ten apart that looks at so many things, each of them worth that much. */
function pair(count: number, weight: number): [NodeModel, NodeModel] {
  const trackers = Array.from({ length: count }, (_, i) => tracker(`t${i}`, { weight }));
  return [node('a', { trackers }), node('b', { priority: 90, trackers })];
}

describe('the table', () => {
  it('has every combination of six trackers, and of more only what single failures do not tell', () => {
    const six = explain(pair(FULL_TABLE_TRACKERS / 2, -6));
    assert.deepEqual([six.rows.length, six.folded, six.cut], [2 ** 6 + 2, 0, 0]);
    const eight = explain(pair(4, -6));
    const pairs = eight.rows.filter(({ failures }) => failures.length === 2);
    assert.ok(pairs.every(({ failures }) => failures.every(({ node: { name } }) => name === 'a')));
    // Nothing, eight alone, six pairs on the master, two silences.
    assert.deepEqual([eight.rows.length, eight.folded, eight.cut], [1 + 8 + 6 + 2, 2 ** 8 - 1 - 8 - 6, 0]);
    assert.deepEqual(explain(pair(4, -20)).rows.filter(({ failures }) => failures.length === 2).length, 16);
  });

  it('has no more pairs than can be read, and says so', () => {
    const many = explain(pair(12, -6));
    assert.equal(many.cut, (12 * 11) / 2 - 40);
    assert.match(
      renderExplanation(many),
      /more combinations are folded, 26 of them pairs that also\s+matter:/,
    );
  });
});

describe('alike lines', () => {
  const [a, b] = pair(4, -6);
  const line = (failures: Line['failures'], reason = 'same'): Line => ({ failures, cells: ['x'], reason });
  const labels = (lines: readonly Line[]) => joinAlike(lines).map(({ label }) => label);

  it('are one, where every choice of as many trackers is among them', () => {
    assert.deepEqual(labels([line(fails(a, 't0')), line(fails(a, 't1')), line(fails(b, 't0'))]), [
      'a: one of t0, t1',
      undefined,
    ]);
    const pairs = [fails(a, 't0', 't1'), fails(a, 't0', 't2'), fails(a, 't1', 't2')];
    assert.deepEqual(labels(pairs.map(each => line(each))), ['a: two of t0, t1, t2']);
    assert.equal(labels(pairs.slice(1).map(each => line(each))).length, 2);
  });

  it('stay apart where they differ, and where nodes are silent', () => {
    assert.equal(labels([line(fails(a, 't0')), line(fails(a, 't1'), 'another')]).length, 2);
    assert.equal(labels([line([]), line(fails(a)), line(fails(a))]).length, 3);
    assert.equal(labels([line([...fails(a, 't0'), ...fails(b, 't0')])]).length, 1);
  });
});
