/** What the arguments of the comparison choose. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from './plan.ts';

const names = (each: readonly { readonly name: string }[]): string[] => each.map(({ name }) => name);

test('without arguments, everything', () => {
  const plan = planOf([]);
  assert.deepEqual(names(plan.contenders), ['locum', 'keepalived']);
  assert.deepEqual(names(plan.faults), ['nginx-killed', 'daemon-stopped', 'cut-off', 'frozen']);
  assert.deepEqual(plan.intervalsMs, [1_000, 100, 10]);
  assert.deepEqual(plan.loads, [1, 100, 255]);
  assert.equal(plan.runs, 20);
});

test('a fault or an interval leaves out the rest, and what a master costs', () => {
  const plan = planOf(['--fault', 'frozen', '--interval', '100ms', '--only', 'locum', '--runs', '7']);
  assert.deepEqual(names(plan.contenders), ['locum']);
  assert.deepEqual(names(plan.faults), ['frozen']);
  assert.deepEqual(plan.intervalsMs, [100]);
  assert.deepEqual(plan.loads, []);
  assert.equal(plan.runs, 7);
});

test('--load alone measures what a master costs, beside a fault both', () => {
  assert.deepEqual(names(planOf(['--load']).faults), []);
  const both = planOf(['--load', '--fault', 'cut-off']);
  assert.deepEqual([names(both.faults), both.loads.length], [['cut-off'], 3]);
});

test('--quick shortens, --runs still counts', () => {
  assert.equal(planOf(['--quick']).runs, 3);
  assert.equal(planOf(['--quick', '--runs', '5']).runs, 5);
});

for (const [args, problem] of [
  [['--fault', 'flood'], /--fault flood: there are nginx-killed, daemon-stopped, cut-off, frozen/],
  [['--only', 'frr'], /--only frr: there are locum, keepalived/],
  [['--interval', '15ms'], /--interval 15ms: 10ms to 40.95s/],
  [['--interval', 'soon'], /--interval soon/],
  [['--runs', '0'], /--runs 0: a whole number from 1/],
  [['--runs', '2.5'], /--runs 2.5/],
  [['--faults'], /--faults/],
] as const) {
  test(`refused: ${args.join(' ')}`, () => {
    assert.throws(() => planOf(args), problem);
  });
}
