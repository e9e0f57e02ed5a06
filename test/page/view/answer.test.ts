/** The answer at the top, and what is wrong, in every situation that an operator must tell apart. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Status } from '../../../src/control/status.ts';
import { answerOf } from '../../../src/page/view/answer.ts';
import { type Feed, nodesOf } from '../../../src/page/view/node.ts';
import { troublesOf } from '../../../src/page/view/troubles.ts';
import { virtualRoutersOf } from '../../../src/page/view/virtual-routers.ts';
import { moment, SNAPSHOT } from '../../control/support.ts';
import { fault, handedOver, many, node, router, twoMasters, wellPair } from '../scenes.ts';
import { feed, feeds, NOW } from '../support.ts';

function look(shown: readonly Feed[]) {
  const nodes = nodesOf(shown, NOW);
  const routers = virtualRoutersOf(nodes);
  const troubles = troublesOf(nodes, routers);
  return {
    ...answerOf(nodes, routers, troubles),
    troubles: troubles.map(({ level, what }) => `${level}: ${what}`),
  };
}

const of = (...statuses: readonly Status[]) => look(feeds(...statuses));

describe('one virtual router', () => {
  test('all is well', () => {
    assert.deepEqual(of(...wellPair()), {
      mood: 'fine',
      headline: 'node-a holds 198.18.51.100',
      detail: 'master of web for 2 min 10 s: nothing heard from 198.18.51.3 for 3.61s',
      troubles: [],
    });
  });

  test('after a hand-over the new master, and what is wrong with the old one', () => {
    const { mood, headline, troubles } = of(...handedOver());
    assert.equal(mood, 'warning');
    assert.equal(headline, 'node-b holds 198.18.51.100');
    assert.deepEqual(troubles, ['warning: Tracker nginx is down on node-a']);
  });

  test('two masters are an alarm', () => {
    const { mood, headline, troubles } = of(...twoMasters());
    assert.equal(mood, 'alarm');
    assert.equal(headline, '2 nodes hold 198.18.51.100');
    assert.deepEqual(troubles, ['alarm: web has 2 masters for 12 s: node-a and node-b']);
  });

  test('two masters for the moment of a hand-over are none', () => {
    const { mood, headline, troubles } = of(...twoMasters(300));
    assert.equal(mood, 'notice');
    assert.equal(headline, 'node-b holds 198.18.51.100');
    assert.deepEqual(troubles, ['notice: web is being handed over']);
  });

  test('nobody for the moment of a hand-over is no alarm', () => {
    const between = router({ state: 'backup', forMs: 200 });
    const { mood, headline } = of(node('node-a', [between]), node('node-b', [router({ state: 'backup' })]));
    assert.equal(mood, 'notice');
    assert.equal(headline, '198.18.51.100 is being handed over');
  });

  test('a node in fault beside a master', () => {
    assert.deepEqual(of(...fault()).troubles, [
      'warning: Tracker nginx is down on node-a',
      'warning: web is in fault on node-a, which cannot stand in',
    ]);
  });

  test('no master is an alarm, and says why of each node', () => {
    const { mood, headline, troubles } = of(fault()[0], node('node-b', [router({ state: 'fault' })]));
    assert.equal(mood, 'alarm');
    assert.equal(headline, 'Nobody holds 198.18.51.100');
    assert.equal(troubles[0], 'alarm: web has no master');
  });

  test('no master for the time of an election is none', () => {
    const b = router({
      state: 'backup',
      forMs: 3_000,
      router: { nextDeadline: { inMs: 600, reason: 'master down' } },
    });
    const { mood, troubles } = of(node('node-b', [b]));
    assert.equal(mood, 'notice');
    assert.deepEqual(troubles, ['notice: web has no master yet']);
  });

  test('a master whose page is not shown holds it by its address', () => {
    const [, b] = wellPair();
    assert.equal(of(b).headline, '198.18.51.2 holds 198.18.51.100');
  });

  test('a master without the address in the kernel is an alarm', () => {
    const [a, b] = wellPair();
    const gone = a.routers.map(r => ({ ...r, vips: r.vips.map(vip => ({ ...vip, present: false })) }));
    assert.deepEqual(of({ ...a, routers: gone }, b).troubles, [
      'alarm: node-a is master of web without 198.18.51.100',
    ]);
    const early = gone.map(r => ({ ...r, since: moment(200) }));
    assert.deepEqual(of({ ...a, routers: early }, b).troubles, []);
  });

  test('a backup with the address in the kernel is to be looked at', () => {
    const [a, b] = wellPair();
    const left = b.routers.map(r => ({ ...r, vips: r.vips.map(vip => ({ ...vip, present: true })) }));
    assert.deepEqual(of(a, { ...b, routers: left }).troubles, [
      'warning: node-b has 198.18.51.100 and is not master of web',
    ]);
  });

  test('flapping', () => {
    const [a, b] = wellPair();
    const flapping = b.routers.map(r => ({
      ...r,
      transitions: Array.from({ length: 6 }, (_, i) => ({
        from: i % 2 === 0 ? ('master' as const) : ('backup' as const),
        to: i % 2 === 0 ? ('backup' as const) : ('master' as const),
        reason: '',
        when: moment(3_000 + i * 4_000),
      })),
    }));
    assert.deepEqual(of(a, { ...b, routers: flapping }).troubles, ['warning: web flaps on node-b']);
  });
});

describe('silence', () => {
  const [a, b] = wellPair();

  test('of the peer: what it said decides nothing', () => {
    const silent = look([feed(a), feed(twoMasters()[1], { url: 'http://b', silentMs: 12_000 })]);
    assert.equal(silent.headline, 'node-a holds 198.18.51.100');
    assert.deepEqual(silent.troubles, ['warning: No word from node-b for 12 s']);
  });

  test('of the own node, while the peer answers', () => {
    const silent = look([feed(a, { silentMs: 12_000 }), feed(handedOver()[1], { url: 'http://b' })]);
    assert.equal(silent.headline, 'node-b holds 198.18.51.100');
    assert.equal(silent.mood, 'warning');
  });

  test('of all: nothing is known', () => {
    const silent = look([feed(a, { silentMs: 12_000 }), feed(b, { url: 'http://b', silentMs: 9_000 })]);
    assert.equal(silent.mood, 'unknown');
    assert.equal(silent.headline, 'No word from node-a and node-b');
  });

  test('from the beginning: asked, then not reached, with what to set', () => {
    assert.equal(look([feed(null)]).headline, 'Asking the node …');
    const unreached = look([feed(a), feed(null, { url: 'http://198.18.51.3:9112', silentMs: 4_000 })]);
    assert.deepEqual(unreached.troubles, ['warning: 198.18.51.3:9112 cannot be reached from this browser']);
  });
});

describe('many virtual routers', () => {
  test('all on one node', () => {
    const { mood, headline } = of(...many(12));
    assert.equal(mood, 'fine');
    assert.equal(headline, 'node-a holds all 12 virtual routers');
  });

  test('shared', () => {
    const [a, b] = many(4);
    const swap = (own: Status, other: Status) => [...own.routers.slice(0, 1), ...other.routers.slice(1)];
    const shared = of({ ...a, routers: swap(a, b) }, { ...b, routers: swap(b, a) });
    assert.equal(shared.headline, 'All 4 virtual routers have a master');
    assert.equal(shared.detail, 'node-a 1 · node-b 3');
  });

  test('one with two masters', () => {
    const [a, b] = many(12);
    const torn = [...b.routers.slice(0, 11), ...a.routers.slice(11)];
    assert.equal(of(a, { ...b, routers: torn }).headline, '1 of 12 virtual routers have two masters');
  });
});

test('what else is wrong with a node has its place', () => {
  assert.deepEqual(of(SNAPSHOT).troubles, [
    'alarm: node-a is master of web without 198.18.51.101',
    'warning: Tracker nginx is down on node-a',
    'warning: The upstreams of node-a could not be loaded by nginx',
    'warning: Upstream empty on node-a has no server',
    'warning: 1 container left out of the upstreams of node-a',
    'warning: Hook pager failed on node-a',
    'warning: web on node-a: 198.18.51.4 is not believed',
    'notice: Labels on node-a',
  ]);
  const [a, b] = wellPair();
  const ill: Partial<Status> = {
    drain: { state: 'drained', since: moment(60_000), detail: 'an operator asked for it' },
    docker: { connected: false, lastError: 'no such file', containers: 0 },
    scheduling: { policy: 'other', priority: 0, nice: 0, problem: 'needs SYS_NICE' },
    eventLoop: { meanLagMs: 1, maxLagMs: 800 },
    reload: {
      at: '2026-01-31T12:00:00.000Z',
      ok: false,
      detail: 'vrrp.web.vrid: must be 1 to 255',
      count: 1,
    },
  };
  assert.deepEqual(of({ ...a, ...ill }, b).troubles, [
    'warning: node-a does not reach Docker',
    'warning: node-a is not scheduled as configured',
    'warning: node-a refused its new configuration and goes on with the old one',
    'notice: node-a is drained',
    'notice: node-a was held up for 800 ms within the last minutes',
  ]);
});
