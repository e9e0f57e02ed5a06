/** Whatever arrives, in whatever order the edges answer: no effect overtakes what it must not, a bounded queue, and the addresses where they belong. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { News } from '../../src/app/router-runner.ts';
import { parameters } from '../vrrp/support.ts';
import { Bench } from './runner-bench.ts';

type Op =
  | { readonly do: 'hear'; readonly priority: number }
  | { readonly do: 'tell'; readonly news: News }
  | { readonly do: 'ring' | 'read' | 'settle' | 'settleLast' | 'fail' }
  | { readonly do: 'pass'; readonly us: number };

const news: fc.Arbitrary<News> = fc.constantFrom<News>(
  { type: 'startup', fault: undefined },
  { type: 'shutdown' },
  { type: 'fault', cause: 'x' },
  { type: 'faultCleared' },
  { type: 'addressLost' },
  { type: 'parameters', parameters: parameters({ priority: 70 }) },
  { type: 'parameters', parameters: parameters() },
);

const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(0, 50, 99, 200).map(priority => ({ do: 'hear' as const, priority })),
  },
  { weight: 2, arbitrary: news.map(each => ({ do: 'tell' as const, news: each })) },
  {
    weight: 8,
    arbitrary: fc
      .constantFrom('ring', 'ring', 'ring', 'read', 'read', 'settle', 'settle', 'settleLast', 'fail')
      .map(each => ({ do: each as 'ring' })),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 300_000 }).map(us => ({ do: 'pass' as const, us })) },
);

/** Follows what the edges were asked: whether the addresses are held, and that nobody is told of what is not. */
class Kernel {
  held = false;
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  settle(failure?: string, last = false): void {
    const what = this.#bench.owed.at(last ? -1 : 0)?.what;
    if (what === undefined) return;
    if (what === 'announce') assert.ok(this.held, 'announced while not held');
    if (what === 'release') this.held = false;
    else if (what.startsWith('acquire')) this.held = failure === undefined;
    this.#bench.settleOf(what, what === 'release' ? undefined : failure);
  }
}

/** At most one advertisement, and one thing else that is no release, are under way. */
function assertOrder({ owed }: Bench): void {
  const words = owed.filter(({ what }) => what.startsWith('send')).length;
  const deeds = owed.length - words;
  assert.ok(words <= 1 && deeds <= 1, owed.map(({ what }) => what).join(', '));
  if (owed.some(({ what }) => what === 'release')) assert.equal(words, 0, 'a word beside a release');
}

function perform(bench: Bench, kernel: Kernel, each: Op): void {
  if (each.do === 'hear') bench.hear(each.priority);
  else if (each.do === 'tell') bench.runner.tell(each.news);
  else if (each.do === 'pass') bench.pass(each.us);
  else if (each.do === 'read') bench.read();
  else if (each.do === 'settle') kernel.settle();
  else if (each.do === 'settleLast') kernel.settle(undefined, true);
  else if (each.do === 'fail') kernel.settle('EIO');
  else if (bench.armed !== undefined) bench.ring();
}

test('the order holds; what waits is bounded; in the end the addresses are held exactly while master', () => {
  let masters = 0;
  fc.assert(
    fc.property(fc.array(op, { maxLength: 120 }), ops => {
      const bench = new Bench();
      const kernel = new Kernel(bench);
      bench.prompt = false;
      bench.unread = [];
      bench.start().read();
      for (const each of ops) {
        perform(bench, kernel, each);
        assertOrder(bench);
      }
      bench.read();
      let waited = 0;
      for (; bench.owed.length > 0; waited++) kernel.settle();
      assert.ok(waited <= 7, `${waited} effects were waiting`);
      const { name } = bench.runner.router.state;
      if (name === 'master') masters++;
      assert.equal(kernel.held, name === 'master');
      assert.equal(bench.runner.waiting, 0);
      assert.ok(bench.idle);
    }),
    { numRuns: 1_000 },
  );
  assert.ok(masters > 20, `${masters} of the runs ended as master`);
});
