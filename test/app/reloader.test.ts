/** Reloads one at a time, what they say, and what is left of them to see. */

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Problem } from '../../src/app/config/problems.ts';
import { planReload } from '../../src/app/reload-plan.ts';
import { outcomeOf, type Reading, Reloader } from '../../src/app/reloader.ts';
import type { News } from '../../src/control/event.ts';
import { renderReload } from '../../src/control/reload.ts';
import { OperatingError } from '../../src/lib/errors.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';
import { configOf, SMALLEST } from './config/support.ts';

const CONFIG = configOf({ environment: SMALLEST });
const PROBLEM: Problem = {
  severity: 'error',
  path: 'vrrp.web.vrid',
  what: 'must be a whole number',
  source: 'locum.yaml:3',
  fix: 'use 1 to 255',
};
const standing = { config: CONFIG, places: { default: 'eth0' } };

let log: KeptLog;
let told: News[];
let readings: ((reading: Reading) => void)[];
let applied: number;
let reloader: Reloader;
beforeEach(() => {
  log = new KeptLog();
  told = [];
  readings = [];
  applied = 0;
  reloader = new Reloader({
    reread: () => new Promise(resolve => readings.push(resolve)),
    apply: async () => {
      applied++;
      return outcomeOf(planReload(standing, standing), undefined);
    },
    clock: new VirtualClock(),
    wallTime: () => '2026-11-22T14:45:02.000Z',
    tell: news => told.push(news),
    log,
  });
});

describe('a reload', () => {
  it('applies nothing of a configuration with an error, and says all of it', async () => {
    const asked = reloader.reload('SIGHUP');
    readings[0]?.({ config: undefined, problems: [PROBLEM, { ...PROBLEM, severity: 'warning' }] });
    const outcome = await asked;
    assert.equal(applied, 0);
    assert.deepEqual([outcome.outcome, outcome.ok, outcome.warnings.length], ['refused', false, 2]);
    const shown = renderReload(outcome);
    assert.match(shown, /^error: vrrp\.web\.vrid: must be a whole number\n {4}from: locum\.yaml:3\n/);
    assert.match(shown, /refused: the configuration has 1 error; what ran before goes on as it was$/);
    assert.match(log.at('error').join('\n'), /vrrp\.web\.vrid/);
    assert.equal(told[0]?.kind, 'reload');
    assert.deepEqual(reloader.status(), {
      at: '2026-11-22T14:45:02.000Z',
      ok: false,
      detail: 'refused: the configuration has 1 error; what ran before goes on as it was',
      count: 1,
    });
  });

  it('happens one at a time; who asks meanwhile shares the next, which reads anew', async () => {
    const first = reloader.reload('SIGHUP');
    const others = [reloader.reload('SIGHUP'), reloader.reload('the control socket')];
    assert.equal(readings.length, 1);
    readings[0]?.({ config: CONFIG, problems: [] });
    assert.equal((await first).outcome, 'unchanged');
    await settle();
    assert.equal(readings.length, 2, 'one more for both');
    let isSettled = false;
    void reloader.settled().then(() => {
      isSettled = true;
    });
    await settle();
    assert.equal(isSettled, false);
    readings[1]?.({ config: CONFIG, problems: [] });
    await Promise.all(others);
    await settle();
    assert.equal(isSettled, true);
    assert.deepEqual([applied, reloader.status()?.count], [2, 2]);
  });

  it('is refused when this host cannot be looked at', async () => {
    const failing = new Reloader({
      reread: () => Promise.reject(new OperatingError('ENOBUFS', 'rtnetlink does not answer', {})),
      apply: () => assert.fail('applied'),
      clock: new VirtualClock(),
      wallTime: () => '',
      tell: news => told.push(news),
      log,
    });
    const { outcome, text } = await failing.reload('SIGHUP');
    assert.deepEqual(
      [outcome, text],
      ['refused', 'rtnetlink does not answer; what ran before goes on as it was'],
    );
  });

  it('is refused when what it needs cannot be had, and the daemon goes on', async () => {
    const failing = new Reloader({
      reread: async () => ({ config: CONFIG, problems: [] }),
      apply: () => Promise.reject(new OperatingError('docker-credentials', 'ca.pem cannot be read')),
      clock: new VirtualClock(),
      wallTime: () => '',
      tell: news => told.push(news),
      log,
    });
    for (const _ of ['once', 'again']) {
      const outcome = await failing.reload('SIGHUP');
      assert.deepEqual(
        [outcome.outcome, outcome.text],
        ['refused', 'ca.pem cannot be read; what ran before goes on as it was'],
      );
    }
  });

  it('applies nothing any more once the daemon ends', async () => {
    const asked = reloader.reload('SIGHUP');
    await reloader.close();
    readings[0]?.({ config: CONFIG, problems: [] });
    assert.match((await asked).text, /^the daemon ends/);
    assert.equal(applied, 0);
  });

  it('says what waits for the next start, and what could not be opened', () => {
    const { log: logging } = CONFIG;
    const next = { ...CONFIG, log: { ...logging, level: 'debug' as const } };
    const plan = planReload(standing, { ...standing, config: next });
    const { warnings, ok, outcome } = outcomeOf(plan, new OperatingError('ENODEV', 'no eth1', {}));
    assert.deepEqual([ok, outcome], [true, 'reloaded']);
    assert.deepEqual(warnings, ['log: the change counts from the next start on', 'no eth1']);
  });

  it('shows no control characters of what it was given', () => {
    const shown = renderReload({ outcome: 'refused', ok: false, text: 'a\u001bb', warnings: ['x\ny\r'] });
    assert.equal(shown, 'x\ny?\nrefused: a?b');
  });
});
