/** Rules and what is proposed for them. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Nodes } from '../../src/explain/model.ts';
import { parseRules, type Rule } from '../../src/explain/rules.ts';
import { solve } from '../../src/explain/solve.ts';
import { holds, suggest } from '../../src/explain/suggest.ts';
import { node, process, tracker } from './support.ts';

function rules(text: string): readonly Rule[] {
  const parsed = parseRules(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

const NAMES = ['nginx', 'backend', 'gateway'];
const trackers = NAMES.map(name => tracker(name));
const PAIR: Nodes = [node('a', { trackers }), node('b', { priority: 98, trackers })];

function proposal(text: string, nodes: Nodes = PAIR) {
  const suggestion = suggest(nodes, rules(text));
  assert.ok(suggestion.ok, suggestion.ok ? '' : suggestion.error.join());
  const { weights, priorities } = suggestion.value;
  return { weights: Object.fromEntries(weights), priorities: Object.fromEntries(priorities) };
}

function refusal(text: string, nodes: Nodes = PAIR): string {
  const suggestion = suggest(nodes, rules(text));
  return suggestion.ok ? assert.fail('proposed') : suggestion.error.join('\n');
}

describe('rules', () => {
  it('are read', () => {
    assert.deepEqual(rules('nginx moves; a + b stays, x > y+z > w'), [
      { kind: 'moves', text: 'nginx moves', trackers: ['nginx'] },
      { kind: 'stays', text: 'a + b stays', trackers: ['a', 'b'] },
      { kind: 'outweighs', text: 'x > y + z', heavy: ['x'], light: ['y', 'z'] },
      { kind: 'outweighs', text: 'y + z > w', heavy: ['y', 'z'], light: ['w'] },
    ]);
  });

  it('are refused with the rule that cannot be read', () => {
    for (const text of ['', 'nginx', 'moves', '> a', 'a >', 'a + moves', 'a moves b', 'Ä moves', 'a,,b'])
      assert.equal(parseRules(text).ok, false, text);
    assert.equal(parseRules(Array(33).fill('a moves').join()).ok, false);
  });
});

describe('solve', () => {
  it('finds a solution when there is one, as trying everything does', () => {
    const names = ['x', 'y', 'z'];
    const inequality = fc.record({
      plus: fc.subarray(names),
      minus: fc.subarray(names),
      atLeast: fc.integer({ min: -8, max: 8 }),
    });
    fc.assert(
      fc.property(fc.array(inequality, { maxLength: 5 }), all => {
        // A name on both sides cancels out; the rules never say such a thing.
        const inequalities = all.map(each => ({
          ...each,
          minus: each.minus.filter(n => !each.plus.includes(n)),
        }));
        const values = [1, 2, 3, 4, 5];
        const fits = (at: Readonly<Record<string, number>>) =>
          inequalities.every(({ plus, minus, atLeast }) => {
            const sum = (some: readonly string[]) => some.reduce((total, n) => total + (at[n] ?? 0), 0);
            return sum(plus) - sum(minus) >= atLeast;
          });
        const possible = values.some(x => values.some(y => values.some(z => fits({ x, y, z }))));
        const found = solve(names, inequalities, 5);
        assert.equal(found !== undefined, possible);
        if (found !== undefined) assert.ok(fits(Object.fromEntries(found)));
      }),
    );
  });
});

describe('suggest', () => {
  it('leaves the priorities where they leave room', () => {
    assert.deepEqual(proposal('nginx moves, backend stays, nginx > backend'), {
      weights: { nginx: -4, backend: -1 },
      priorities: {},
    });
  });

  it('widens the gap where many small failures must not add up', () => {
    const { weights, priorities } = proposal('nginx moves, backend + gateway stays');
    assert.deepEqual(weights, { nginx: -4, backend: -1, gateway: -1 });
    assert.deepEqual(priorities, { b: 97 });
  });

  it('keeps the sign of a weight', () => {
    const rising = [process(4)];
    assert.deepEqual(
      proposal('nginx moves', [
        node('a', { trackers: rising }),
        node('b', { priority: 90, trackers: rising }),
      ]),
      { weights: { nginx: 11 }, priorities: {} },
    );
  });

  it('makes room when priorities are at the end', () => {
    const low: Nodes = [node('a', { priority: 3, trackers }), node('b', { priority: 2, trackers })];
    const { priorities } = proposal('nginx > backend > gateway', low);
    assert.deepEqual(Object.keys(priorities), ['a', 'b']);
  });

  it('leaves room for everything to fail at once without being cut off at 1', () => {
    const both = { trackers: trackers.slice(0, 2) };
    const nodes: Nodes = [node('a', { priority: 6, ...both }), node('b', { priority: 4, ...both })];
    assert.deepEqual(proposal('nginx moves, backend moves', nodes), {
      weights: { nginx: -2, backend: -2 },
      priorities: { b: 5 },
    });
  });

  it('says why nothing can be proposed', () => {
    assert.equal(
      refusal('nginx moves, backend stays, gateway > nginx, backend > gateway + nginx'),
      '"backend stays" and "backend > gateway + nginx" cannot all be, whatever the weights and priorities',
    );
    assert.match(refusal('nginx > nginx'), /^"nginx > nginx" cannot be/);
    assert.match(refusal('ngin moves'), /ngin is not tracked on a; there are nginx, backend, gateway/);
    assert.match(refusal('nginx moves', [node('a')]), /no other node/);
    const shy: Nodes = [PAIR[0], node('b', { priority: 98, trackers, preempt: false })];
    assert.match(refusal('nginx moves', shy), /b does not preempt/);
  });

  it('only proposes what holds', () => {
    const sum = fc.subarray(NAMES, { minLength: 1 }).map(names => names.join(' + '));
    const rule = fc.oneof(
      fc.tuple(sum, fc.constantFrom('moves', 'stays')).map(words => words.join(' ')),
      fc.tuple(sum, sum).map(sums => sums.join(' > ')),
    );
    const nodes = fc
      .record({ priority: fc.integer({ min: 80, max: 120 }), unnamed: fc.integer({ min: -20, max: 20 }) })
      .map(({ priority, unnamed }): Nodes => {
        const all = [...trackers, tracker('other', { weight: unnamed })];
        return [node('a', { trackers: all }), node('b', { priority, trackers: all })];
      });
    fc.assert(
      fc.property(nodes, fc.array(rule, { minLength: 1, maxLength: 4 }), (some, texts) => {
        const wanted = rules(texts.join(', '));
        const suggestion = suggest(some, wanted);
        if (suggestion.ok) assert.ok(holds(suggestion.value.nodes, wanted));
      }),
      { numRuns: 30 },
    );
  });
});
