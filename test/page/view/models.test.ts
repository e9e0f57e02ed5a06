/** The smaller view models: nodes, virtual routers, priorities, timelines, words. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nodesOf, peerUrls } from '../../../src/page/view/node.ts';
import { hasNone, scaleOf, segmentsOf } from '../../../src/page/view/priority.ts';
import { timelineOf } from '../../../src/page/view/timeline.ts';
import { virtualRoutersOf } from '../../../src/page/view/virtual-routers.ts';
import { ago, signed, span, together, utc } from '../../../src/page/view/words.ts';
import { moment } from '../../control/support.ts';
import { fault, node, router, wellPair } from '../scenes.ts';
import { feed, feeds, NOW, nodes } from '../support.ts';

describe('nodes', () => {
  test('one that lists itself as a peer appears once', () => {
    const [a] = wellPair();
    assert.equal(nodesOf([feed(a), feed(a, { url: 'http://a', silentMs: 300 })], NOW).length, 1);
    const later = { ...a, uptimeMs: a.uptimeMs + 60_000 };
    assert.equal(nodesOf([feed(a), feed(later, { url: 'http://a' })], NOW).length, 2);
  });

  test('freshness', () => {
    const [a] = wellPair();
    const of = (shown: ReturnType<typeof feed>) => nodesOf([shown], NOW)[0]?.freshness;
    assert.equal(of(feed(null)), 'waiting');
    assert.equal(of(feed(null, { silentMs: 3_000 })), 'lost');
    assert.equal(of(feed(a, { silentMs: 2_999 })), 'live');
    assert.equal(of(feed(a, { silentMs: 3_000 })), 'stale');
    assert.equal(of({ ...feed(null), unreadable: true }), 'lost');
  });

  test('only pages of the web are listened to, each once, and not the page itself', () => {
    const urls = [
      'http://a:1',
      'http://a:1',
      'https://b/x',
      'javascript:alert(1)',
      'http:///x',
      'ftp://c',
      'http://own/',
    ];
    assert.deepEqual(peerUrls(urls, 'http://own'), ['http://a:1', 'https://b/x']);
  });
});

describe('virtual routers', () => {
  const withVips = (vrid: number, name: string, ...addresses: string[]) => ({
    ...router({ state: 'backup' }),
    vrid,
    name,
    vips: addresses.map(address => ({
      address,
      present: false,
      validLifetimeSeconds: null,
      advertised: true,
    })),
  });

  test('are joined by VRID and family, and a common name or address', () => {
    const found = virtualRoutersOf(
      nodes(
        node('node-a', [withVips(51, 'web', '198.18.51.100/24'), withVips(51, 'six', '2001:db8::100/64')]),
        node('node-b', [withVips(51, 'front', '198.18.51.100/32'), withVips(51, 'else', '198.18.60.1/24')]),
      ),
    );
    assert.deepEqual(
      found.map(({ name, family, addresses, members }) => [
        name,
        family,
        addresses,
        members.map(({ router: own }) => own?.name ?? null),
      ]),
      [
        ['web', 4, ['198.18.51.100'], ['web', 'front']],
        ['else', 4, ['198.18.60.1'], [null, 'else']],
        ['six', 6, ['2001:db8::100'], ['six', null]],
      ],
    );
  });
});

describe('the priority bar', () => {
  const shown = (...made: Parameters<typeof router>) => {
    const [only] = nodes(node('node-a', [router(...made)]))[0]?.status?.routers ?? [];
    assert.ok(only !== undefined);
    return only;
  };

  test('what counts adds up to the effective priority', () => {
    const lost = shown({ state: 'backup', lost: 30 });
    assert.deepEqual(segmentsOf(lost), [
      { kind: 'base', tracker: '', amount: 70 },
      { kind: 'plus', tracker: 'page', amount: 10 },
      { kind: 'minus', tracker: 'nginx', amount: 30 },
    ]);
    const counting = segmentsOf(lost).filter(({ kind }) => kind !== 'minus');
    assert.equal(
      counting.reduce((sum, { amount }) => sum + amount, 0),
      lost.effectivePriority,
    );
  });

  test('all nodes share a scale that holds the longest', () => {
    assert.equal(scaleOf([shown({ state: 'backup', base: 98 }), shown({ state: 'master', base: 154 })]), 170);
    assert.equal(scaleOf([]), 10);
  });

  test('in fault there is none', () => {
    const [broken] = nodes(fault()[0])[0]?.status?.routers ?? [];
    assert.ok(broken !== undefined && hasNone(broken));
    assert.ok(!hasNone(shown({ state: 'master' })));
  });
});

describe('the timeline', () => {
  const [first] = virtualRoutersOf(nodes(...wellPair()));
  assert.ok(first !== undefined);
  const { windowMs, strips } = timelineOf(first);

  test('has one window for all nodes, wide enough for what happened last', () => {
    assert.equal(windowMs, 900_000);
    assert.equal(strips.length, 2);
  });

  test('has stretches without gaps, up to now, and the same place for the same moment', () => {
    for (const { stretches } of strips) {
      assert.equal(stretches.at(-1)?.to, 1);
      for (const [i, { from }] of stretches.entries()) if (i > 0) assert.equal(from, stretches[i - 1]?.to);
    }
    const [a, b] = strips.map(({ stretches }) => stretches.at(-1));
    assert.equal(a?.from, b?.from);
    assert.equal(a?.state, 'master');
    assert.equal(a?.text, 'master for 2 min 10 s, until now');
  });
});

test('spans and ages', () => {
  const spans: [ms: number, text: string][] = [
    [0, 'less than 1 s'],
    [999, 'less than 1 s'],
    [42_400, '42 s'],
    [60_000, '1 min'],
    [130_000, '2 min 10 s'],
    [3_599_000, '59 min'],
    [7_980_000, '2 h 13 min'],
    [90_000_000, '1 d 1 h'],
    [864_000_000_000, '10000 d'],
  ];
  for (const [ms, text] of spans) assert.equal(span(ms), text);
  assert.equal(ago(moment(-5), 0), 'just now');
  assert.equal(ago(moment(500), 2_000), '2 s ago');
});

test('words', () => {
  assert.equal(together([]), '');
  assert.equal(together(['a', 'b', 'c']), 'a, b and c');
  assert.deepEqual([signed(5), signed(0), signed(-5)], ['+5', '±0', '−5']);
  assert.equal(utc('2026-01-31T12:00:00.123Z'), '2026-01-31 12:00:00 UTC');
  assert.equal(feeds(...wellPair()).length, 2);
});
