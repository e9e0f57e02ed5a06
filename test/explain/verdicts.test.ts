/** What a tracker is said to do, compared with what every combination of failures does. Every run has new nodes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Nodes, TrackerModel } from '../../src/explain/model.ts';
import { Situations } from '../../src/explain/table.ts';
import { type Verdict, verdictsOf } from '../../src/explain/verdicts.ts';
import { OWNER_PRIORITY } from '../../src/vrrp/parameters.ts';
import { node, tracker } from './support.ts';

const verdicts = (nodes: Nodes): Verdict[] => verdictsOf(new Situations(nodes));

function weighted(...weights: readonly number[]): TrackerModel[] {
  return weights.map((weight, i) => tracker(`t${i}`, { weight }));
}

function pair(first: number, second: number, ...weights: readonly number[]): Nodes {
  return [
    node('a', { priority: first, trackers: weighted(...weights) }),
    node('b', { priority: second, trackers: [] }),
  ];
}

const decisions = (nodes: Nodes) => verdicts(nodes).map(({ decides }) => decides);

describe('many trackers', () => {
  it('of which any three move the address', () => {
    const nodes = pair(100, 90, ...Array.from({ length: 10 }, () => -4));
    const all = verdicts(nodes);
    assert.deepEqual(new Set(all.map(({ decides }) => decides)), new Set(['together']));
    assert.match(
      all[0]?.text ?? '',
      /only together with others: its weight of 4 is less than the gap of 10 to b$/,
    );
  });

  it('of which one never counts, whatever else fails', () => {
    const nodes = pair(200, 100, ...Array.from({ length: 12 }, () => -101), -1);
    assert.equal(decisions(nodes).at(-1), 'never');
  });

  it('as many as can be explained, of as many weights', () => {
    const weights = Array.from({ length: 127 }, (_, i) => 100 + i);
    assert.deepEqual(new Set(decisions(pair(200, 250, ...weights))), new Set(['together']));
  });
});

describe('a sum that is cut off', () => {
  const only = (nodes: Nodes) => verdicts(nodes)[0]?.text ?? '';

  it('at 254 takes away what a failure costs', () => {
    const cut = (sum: number, cost: number) =>
      `its weight of 20, of which ${cost} counts (the sum of ${sum} is cut off at 254),`;
    assert.equal(
      only(pair(254, 250, 20)),
      `t0 failing on a never moves the address: ${cut(274, 0)} is less than the gap of 4 to b`,
    );
    assert.equal(
      only(pair(244, 250, 20)),
      `t0 failing on a moves the address to b: ${cut(264, 10)} exceeds the gap of 4`,
    );
    assert.deepEqual(decisions(pair(254, 250, 20, 20)), ['never', 'never']);
    assert.deepEqual(decisions(pair(225, 240, 20, 20)), ['together', 'together']);
  });

  it('at 1 as well', () => {
    assert.match(
      only(pair(3, 1, -30)),
      /never .* of 30, of which 2 counts \(the sum of -27 is cut off at 1\), only evens the gap to b/,
    );
  });

  it("nor does an owner's priority change", () => {
    assert.match(
      only(pair(OWNER_PRIORITY, 254, -30)),
      /never moves the address: an owner's priority of 255 stays/,
    );
  });
});

const weights = fc.oneof(
  fc.integer({ min: -12, max: 12 }),
  fc.integer({ min: -254, max: 254 }),
  fc.constant(0),
);
const priorities = fc.oneof(
  fc.integer({ min: 1, max: 10 }),
  fc.integer({ min: 95, max: 105 }),
  fc.integer({ min: 245, max: 255 }),
);
const trackers = (maxLength: number) =>
  fc
    .array(fc.record({ weight: weights, reverse: fc.boolean() }), { maxLength })
    .map(list => list.map((changes, i) => tracker(`t${i}`, changes)));
const nodeOf = (name: string, most: number) =>
  fc
    .record({ priority: priorities, preempt: fc.boolean(), trackers: trackers(most) })
    .map(changes => node(name, changes));

/** By trying every set of the other trackers. */
function bruteForce(situations: Situations, of: TrackerModel): Verdict['decides'] {
  const { usualMaster: master } = situations;
  const moves = (failing: readonly TrackerModel[]) =>
    situations.elect(failing.map(each => ({ node: master, tracker: each }))).master !== master;
  if (moves([of])) return 'alone';
  const others = master.trackers.filter(each => each !== of);
  const sets = Array.from({ length: 2 ** others.length }, (_, bits) =>
    others.filter((_each, i) => (bits >> i) % 2 === 1),
  );
  return sets.some(set => !moves(set) && moves([...set, of])) ? 'together' : 'never';
}

/** The numbers that a text names are true to the words between them. */
function assertTrue(text: string): void {
  const words =
    /weight of (\d+)(?:, of which (\d+) counts \([^)]*\),)? (exceeds|is less than) the gap of (\d+)/;
  const [, weight, counts = weight, word, gap] = words.exec(text) ?? [];
  if (word === undefined) return;
  assert.equal(Math.sign(Number(counts) - Number(gap)), word === 'exceeds' ? 1 : -1, text);
}

it('every verdict is what all combinations of failures say', () => {
  const seen = new Set<string>();
  const cases = fc.tuple(nodeOf('a', 5), nodeOf('b', 3), fc.option(nodeOf('c', 3), { nil: undefined }));
  fc.assert(
    fc.property(cases, ([a, b, c]) => {
      const situations = new Situations(c === undefined ? [a, b] : [a, b, c]);
      for (const verdict of verdictsOf(situations)) {
        assert.equal(verdict.decides, bruteForce(situations, verdict.tracker), verdict.text);
        assertTrue(verdict.text);
        seen.add(verdict.decides);
        if (verdict.text.includes('cut off')) seen.add('cut off');
      }
    }),
    { numRuns: 200, includeErrorInReport: true },
  );
  assert.deepEqual([...seen].sort(), ['alone', 'cut off', 'never', 'together']);
});
