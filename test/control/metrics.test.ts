/** The text of /metrics: its form, what is in it and what must never be, and how long it takes. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { renderMetrics } from '../../src/control/metrics.ts';
import type { RouterStatus, Status } from '../../src/control/status.ts';
import { type Exposition, labelsByName, parseExposition, valueIn } from '../support/exposition.ts';
import { FULL, wellNode } from './snapshots.ts';

const rendered = async (status: Status, compatible = false): Promise<Exposition> =>
  parseExposition((await renderMetrics(status, { compatible })).text);

describe('the text', () => {
  test('is of the version that every scraper reads', async () => {
    const { contentType } = await renderMetrics(FULL, { compatible: false });
    assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
  });

  test('has names with the prefix, units and counters as Prometheus wants them', async () => {
    const { types } = await rendered(FULL);
    assert.ok(types.size > 50, `${types.size} families`);
    for (const [name, type] of types) {
      assert.match(name, /^locum_[a-z0-9_]+$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      assert.doesNotMatch(name, /milli|micro|_ms\b|minutes|hours/);
    }
  });

  test('leaves out a family of which there is nothing to say', async () => {
    const { types } = await rendered({ ...wellNode('a'), docker: null, upstreams: null, hooks: [] });
    assert.deepEqual(
      [...types.keys()].filter(name => /docker|upstream|hook/.test(name)),
      [],
    );
  });

  test('has every virtual router under its name, its VRID and its interface', async () => {
    const { series } = await rendered(FULL);
    const ofRouters = series.filter(({ name }) => /^locum_(?:router|vip|peer)_/.test(name));
    assert.ok(ofRouters.length > 50);
    for (const { name, labels } of ofRouters)
      for (const label of ['router', 'vrid', 'interface'])
        assert.notEqual(labels[label] ?? '', '', `${name} has no ${label}`);
  });

  test('keeps foreign names from breaking out of their label', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async name => {
        const [router] = wellNode('a').routers;
        const status = { ...wellNode('a'), routers: [{ ...router, name } as RouterStatus] };
        const { series } = await rendered(status, true);
        const seen = series.filter(one => one.name === 'locum_router_state').map(s => s.labels['router']);
        assert.deepEqual(seen, [name, name, name, name]);
      }),
    );
  });

  test('does not show a number that is none', async () => {
    const status = { ...FULL, eventLoop: { meanLagMs: Number.NaN, maxLagMs: Number.POSITIVE_INFINITY } };
    const { types } = await rendered(status);
    assert.equal(types.has('locum_event_loop_lag_mean_seconds'), false);
    assert.equal(types.has('locum_event_loop_lag_max_seconds'), false);
  });
});

describe('what is measured', () => {
  test('is in seconds', async () => {
    const exposition = await rendered(FULL);
    const router = { router: 'web' };
    assert.equal(valueIn(exposition, 'locum_uptime_seconds'), 11_520);
    assert.equal(valueIn(exposition, 'locum_router_state_age_seconds', router), 130);
    assert.equal(valueIn(exposition, 'locum_peer_last_advert_age_seconds', router), 131.9);
    assert.equal(valueIn(exposition, 'locum_peer_advert_interval_seconds', router), 1);
    assert.equal(valueIn(exposition, 'locum_event_loop_lag_max_seconds'), 0.0145);
    const reload = { operation: 'reload' };
    assert.equal(valueIn(exposition, 'locum_upstreams_last_operation_duration_seconds', reload), 0.0415);
    assert.equal(valueIn(exposition, 'locum_upstreams_last_operation_age_seconds', reload), 59);
  });

  test('is one state of several', async () => {
    const exposition = await rendered(FULL);
    const inState = (state: string) => valueIn(exposition, 'locum_router_state', { router: 'web6', state });
    assert.deepEqual(['init', 'backup', 'master', 'fault'].map(inState), [0, 0, 0, 1]);
  });

  test('is the address as the kernel has it, and what is left of its lease', async () => {
    const exposition = await rendered(FULL);
    const held = { address: '198.18.51.100/24' };
    const gone = { address: '198.18.51.101/24' };
    assert.equal(valueIn(exposition, 'locum_vip_present', held), 1);
    assert.equal(valueIn(exposition, 'locum_vip_lease_left_seconds', held), 3);
    assert.equal(valueIn(exposition, 'locum_vip_present', gone), 0);
    assert.throws(() => valueIn(exposition, 'locum_vip_lease_left_seconds', gone), /0 series/);
  });

  test('is a priority that its contributions add up to', async () => {
    const exposition = await rendered(FULL);
    const router = { router: 'web' };
    const { series } = exposition;
    const added = series
      .filter(
        ({ name, labels }) => name === 'locum_router_priority_contribution' && labels['router'] === 'web',
      )
      .reduce((sum, { value }) => sum + value, 0);
    assert.equal(
      valueIn(exposition, 'locum_router_base_priority', router) + added,
      valueIn(exposition, 'locum_router_effective_priority', router),
    );
  });

  test('is what is discarded, by reason', async () => {
    const exposition = await rendered(FULL);
    const checksum = { router: 'web', reason: 'checksum' };
    assert.equal(valueIn(exposition, 'locum_router_discarded_packets_total', checksum), 2);
  });
});

const GOLDEN = `# HELP locum_router_state 1 for the state that it is in, 0 for the others.
# TYPE locum_router_state gauge
locum_router_state{state="init",router="web",vrid="51",interface="eth0"} 0
locum_router_state{state="backup",router="web",vrid="51",interface="eth0"} 0
locum_router_state{state="master",router="web",vrid="51",interface="eth0"} 1
locum_router_state{state="fault",router="web",vrid="51",interface="eth0"} 0
# HELP locum_router_state_age_seconds Time since its last transition.
# TYPE locum_router_state_age_seconds gauge
locum_router_state_age_seconds{router="web",vrid="51",interface="eth0"} 3600
`;

test('a part of the text, letter by letter', async () => {
  const { text } = await renderMetrics(wellNode('a'), { compatible: false });
  assert.ok(text.startsWith('# HELP locum_build_info The version of Locum; always 1.\n'), text.slice(0, 100));
  assert.ok(text.includes(GOLDEN), text);
});

describe('what is never said', () => {
  const FREE_TEXT = ['reason', 'detail', 'text', 'lastError', 'problem', 'what', 'line', 'fix', 'warnings'];

  /** Every place of the snapshot where a program's words stand, with other words. */
  function withWords(value: unknown, words: string, key = ''): unknown {
    if (typeof value === 'string') return FREE_TEXT.includes(key) ? words : value;
    if (Array.isArray(value)) return value.map(one => withWords(one, words, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, withWords(one, words, name)]),
    );
  }

  test('the words of programs, packets and people, which may hold anything', async () => {
    const told = withWords(FULL, 'hunter2-the-password') as Status;
    assert.ok(
      JSON.stringify(told).split('hunter2-the-password').length > 15,
      'the words are in the snapshot',
    );
    const { text } = await renderMetrics(told, { compatible: true });
    assert.equal(text, (await renderMetrics(FULL, { compatible: true })).text);
  });

  test('who is refused: whoever sends packets would make series', async () => {
    const { series } = await rendered(FULL, true);
    const refused = FULL.routers.flatMap(router => router.refused.map(({ address }) => address));
    assert.ok(refused.length > 0);
    for (const { labels } of series)
      for (const value of Object.values(labels)) assert.ok(!refused.includes(value), value);
  });

  test('more series than there are things, whatever is remembered of them', async () => {
    const before = (await rendered(FULL, true)).series.length;
    const many = FULL.routers.map(router => ({
      ...router,
      transitions: Array.from({ length: 10 }, () => router.transitions).flat(),
      refused: Array.from({ length: 16 }, () => router.refused).flat(),
    }));
    assert.equal((await rendered({ ...FULL, routers: many }, true)).series.length, before);
  });
});

describe('255 virtual routers', () => {
  const [router] = FULL.routers;
  const routers = Array.from({ length: 255 }, (_, i) => ({ ...router, name: `web${i}`, vrid: i + 1 }));
  const crowd = { ...FULL, routers: routers as RouterStatus[] };

  test('become text in turns of the event loop that leave room for adverts', async t => {
    const tries: { readonly turnMs: number; readonly wholeMs: number }[] = [];
    // The first runs are of code that is not compiled yet; of the others the quietest counts, for the machine does other things too.
    for (let i = 0; i < 12; i++) tries.push(await timed(() => renderMetrics(crowd, { compatible: true })));
    const best = (of: 'turnMs' | 'wholeMs') => Math.min(...tries.map(one => one[of]));
    t.diagnostic(`${best('wholeMs').toFixed(1)} ms, ${best('turnMs').toFixed(1)} ms in one turn at most`);
    assert.ok(best('turnMs') < 10, `${best('turnMs')} ms`);
  });

  test('have the labels of one', async () => {
    const few = labelsByName(await rendered(FULL));
    for (const [name, labels] of labelsByName(await rendered(crowd)))
      for (const label of labels) assert.ok(few.get(name)?.has(label), `${name} ${label}`);
  });
});

/** How long it takes, and its longest turn of the event loop. */
async function timed(work: () => Promise<unknown>): Promise<{ turnMs: number; wholeMs: number }> {
  let last = performance.now();
  let turnMs = 0;
  let done = false;
  const turn = (): void => {
    const now = performance.now();
    turnMs = Math.max(turnMs, now - last);
    last = now;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  const begun = performance.now();
  await work();
  const wholeMs = performance.now() - begun;
  done = true;
  await new Promise(setImmediate);
  return { turnMs, wholeMs };
}
