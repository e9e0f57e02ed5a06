/** Who wins, why, and after which wait: the figures by hand. against-core.test.ts holds them against the routers. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elect } from '../../src/explain/election.ts';
import type { NodeModel } from '../../src/explain/model.ts';
import { anywhere, exactly } from '../../src/explain/span.ts';
import type { Standing } from '../../src/explain/standing.ts';
import { microseconds } from '../../src/lib/time.ts';
import { ip } from '../vrrp/support.ts';
import { node } from './support.ts';

const stands = (each: NodeModel, priority: number, absent?: Standing['absent']): Standing => ({
  node: each,
  priority,
  sum: priority,
  absent,
});

function outcome(nodes: readonly NodeModel[], after: readonly Standing[], before: readonly number[]) {
  const was = nodes.map((each, i) => stands(each, before[i] ?? 0));
  const { master, cause, takeover, equals } = elect(nodes[0], was, after);
  return { master: master?.name, cause, takeover, equals: equals.map(({ name }) => name) };
}

describe('a change', () => {
  const [a, b] = [node('a'), node('b')];

  it('takes the short skew when the master sinks below a node that preempts', () => {
    const { master, cause, takeover } = outcome([a, b], [stands(a, 70), stands(b, 98)], [100, 98]);
    assert.deepEqual([master, cause, takeover], ['b', 'sank', exactly(microseconds(158 * 40))]);
  });

  it('takes about a master-down interval by the letter of the RFC', () => {
    const strict = node('b', { timing: 'rfc' });
    const { takeover } = outcome([a, strict], [stands(a, 70), stands(strict, 98)], [100, 98]);
    const down = 3_000_000 + (158 / 256) * 1_000_000;
    assert.deepEqual(takeover, anywhere(down - 1_000_000, down));
  });

  it('waits for the next advert of a master that keeps to the letter', () => {
    const strict = node('a', { timing: 'rfc' });
    const { takeover } = outcome([strict, b], [stands(strict, 70), stands(b, 98)], [100, 98]);
    assert.deepEqual(takeover, anywhere(6_320, 1_006_320));
  });

  it('takes the skew after a fault, the short one or that of the RFC', () => {
    const strict = node('b', { timing: 'rfc', version: 2 });
    const old = node('a', { version: 2 });
    assert.deepEqual(
      outcome([a, b], [stands(a, 100, 'fault'), stands(b, 98)], [100, 98]).takeover,
      exactly(microseconds(6_320)),
    );
    assert.deepEqual(
      outcome([old, strict], [stands(old, 100, 'fault'), stands(strict, 98)], [100, 98]).takeover,
      exactly(microseconds((158 / 256) * 1_000_000)),
    );
  });

  it('leaves the master alone at equal priority, or when nobody preempts', () => {
    const shy = node('b', { preempt: false });
    assert.equal(outcome([a, b], [stands(a, 98), stands(b, 98)], [100, 98]).cause, 'tie');
    assert.deepEqual(outcome([a, shy], [stands(a, 70), stands(shy, 98)], [100, 98]), {
      master: 'a',
      cause: 'not-preempted',
      takeover: undefined,
      equals: [],
    });
  });

  it('ends with nobody when all are in fault', () => {
    const { master, cause } = outcome([a, b], [stands(a, 1, 'fault'), stands(b, 1, 'fault')], [100, 98]);
    assert.deepEqual([master, cause], [undefined, 'nobody']);
  });

  it('is first come, first served for a better node that waits longer and does not preempt', () => {
    const slow = node('b', { timing: 'rfc', preempt: false });
    const quick = node('c');
    const after = [stands(a, 100, 'fault'), stands(slow, 98), stands(quick, 90)];
    assert.equal(outcome([a, slow, quick], after, [100, 98, 90]).master, 'c');
    const eager = node('b', { timing: 'rfc' });
    const with_ = [stands(a, 100, 'fault'), stands(eager, 98), stands(quick, 90)];
    assert.equal(outcome([a, eager, quick], with_, [100, 98, 90]).master, 'b');
  });

  it('names the equals whose addresses are not known', () => {
    const c = node('c');
    const after = [stands(a, 100, 'fault'), stands(b, 98), stands(c, 98)];
    assert.deepEqual(outcome([a, b, c], after, [100, 98, 98]).equals, ['c']);
    const [lower, higher] = [
      node('b', { primaryAddress: ip('198.18.0.1') }),
      node('c', { primaryAddress: ip('198.18.0.2') }),
    ];
    const known = [stands(a, 100, 'fault'), stands(lower, 98), stands(higher, 98)];
    const decided = outcome([a, lower, higher], known, [100, 98, 98]);
    assert.deepEqual([decided.master, decided.equals], ['c', []]);
  });
});
