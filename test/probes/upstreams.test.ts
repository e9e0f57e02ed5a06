/** The upstreams tracker on a source of the test's making. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type UpstreamLook, type UpstreamsOptions, UpstreamsProbe } from '../../src/probes/upstreams.ts';

const app = (serving: number, all: number, name = 'app'): UpstreamLook => ({ name, serving, all });
const options = (more: Partial<UpstreamsOptions> = {}): UpstreamsOptions => ({
  upstream: undefined,
  minServers: 1,
  minSharePercent: 0,
  ...more,
});
const check = (look: readonly UpstreamLook[] | string, more?: Partial<UpstreamsOptions>) =>
  new UpstreamsProbe(options(more), { look: () => look, onChange: () => () => undefined }).check();

describe('upstreams probe', () => {
  it('counts the backends that serve', async () => {
    assert.deepEqual(await check([app(1, 3)]), { ok: true, detail: 'app: 1 of 3 backends serve' });
    assert.deepEqual(await check([app(0, 3)]), {
      ok: false,
      detail: 'app: 0 of 3 backends serve; needed: 1',
    });
    assert.equal((await check([app(1, 3)], { minServers: 2 })).ok, false);
  });

  it('takes the share of them, the bound included', async () => {
    const half = { minSharePercent: 50 };
    assert.equal((await check([app(2, 4)], half)).ok, true);
    assert.deepEqual(await check([app(1, 3)], half), {
      ok: false,
      detail: 'app: 1 of 3 backends serve; needed: 1 and 50%',
    });
    assert.equal((await check([app(1, 3)], { minSharePercent: 33 })).ok, true);
  });

  it('looks at the named upstream only, or at each', async () => {
    const look = [app(2, 2), app(0, 1, 'mail')];
    assert.equal((await check(look, { upstream: 'app' })).ok, true);
    assert.deepEqual(await check(look), { ok: false, detail: 'mail: 0 of 1 backends serve; needed: 1' });
    assert.deepEqual(await check(look, { upstream: 'gone' }), {
      ok: false,
      detail: 'gone: 0 of 0 backends serve; needed: 1',
    });
    assert.equal((await check([])).ok, true);
  });

  it('names a few of many', async () => {
    const many = Array.from({ length: 9 }, (_, i) => app(0, 1, `u${i}`));
    assert.match((await check(many)).detail, /^u0: .*, u1: .*, u2: .* and 6 more; needed: 1$/);
  });

  it('tells nothing while Docker cannot be asked', async () => {
    assert.deepEqual(await check('Docker does not answer'), {
      ok: undefined,
      detail: 'Docker does not answer',
    });
  });

  it('asks for a check when something may have changed, until told to stop', async () => {
    const listeners = new Set<() => void>();
    const probe = new UpstreamsProbe(options(), {
      look: () => [],
      onChange: listener => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    const notices: unknown[] = [];
    const stop = probe.watch(finding => notices.push(finding));
    for (const listener of listeners) listener();
    stop();
    assert.deepEqual([notices, listeners.size], [[undefined], 0]);
  });
});
