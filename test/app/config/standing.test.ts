/** Owners, delays, announcements, sync groups and many virtual routers, as people write them. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interfaceFor } from '../../../src/app/config/check-host.ts';
import { seconds } from '../../../src/lib/time.ts';
import { ip } from '../../vrrp/support.ts';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const routerOf = (settings: Readonly<Record<string, string>>) =>
  configOf({ environment: { ...SMALLEST, ...settings } }).vrrp['default'];
const problemOf = (settings: Readonly<Record<string, string>>, path: string) =>
  onlyProblem(load({ environment: { ...SMALLEST, ...settings } }).problems, path);

/** Warnings of a file, as `path: what`. */
function warningsOf(yaml: string): string[] {
  return load({ yaml }).problems.map(({ severity, path, what }) => {
    assert.equal(severity, 'warning', what);
    return `${path}: ${what}`;
  });
}

describe('delays', () => {
  it('are times from 0s to 1000s', () => {
    const router = routerOf({ LOCUM_PREEMPT_DELAY: '60s', LOCUM_START_DELAY: '1000s' });
    assert.deepEqual([router?.preemptDelay, router?.startDelay], [seconds(60), seconds(1_000)]);
    assert.equal(routerOf({ LOCUM_PREEMPT_DELAY: '0s' })?.preemptDelay, 0);
    const path = 'vrrp.default.preempt-delay';
    assert.match(problemOf({ LOCUM_PREEMPT_DELAY: '1001s' }, path).what, /from 0s to 1000s/);
    assert.match(problemOf({ LOCUM_PREEMPT_DELAY: '60' }, path).fix, /write 60s/);
  });

  it('do nothing without preempt, or for an owner, which is said', () => {
    const settings = { LOCUM_PREEMPT_DELAY: '60s', LOCUM_PREEMPT: 'false' };
    assert.match(problemOf(settings, 'vrrp.default.preempt-delay').what, /preempt is false/);
  });
});

describe('announcements', () => {
  it('come again at times in any order, each once', () => {
    const announce = routerOf({
      LOCUM_ANNOUNCE__AGAIN: '5s, 100ms, 5s',
      LOCUM_ANNOUNCE__REPEAT: '5',
      LOCUM_ANNOUNCE__REFRESH: '10s',
    })?.announce;
    assert.deepEqual(announce, { repeat: 5, again: [100_000, 5_000_000], refresh: 10_000_000 });
  });

  it('need not come again', () => {
    const announce = routerOf({ LOCUM_ANNOUNCE__AGAIN: '0s', LOCUM_ANNOUNCE__REFRESH: '0s' })?.announce;
    assert.deepEqual(announce, { repeat: 1, again: [], refresh: undefined });
  });

  it('are bounded', () => {
    const many = Array.from({ length: 17 }, (_, i) => `${i + 1}s`).join(',');
    assert.match(problemOf({ LOCUM_ANNOUNCE__AGAIN: many }, 'vrrp.default.announce.again').what, /17 times/);
    assert.match(problemOf({ LOCUM_ANNOUNCE__REPEAT: '0' }, 'vrrp.default.announce.repeat').what, /1 to 100/);
    const path = 'vrrp.default.announce.refresh';
    const long = problemOf({ LOCUM_ANNOUNCE__REFRESH: '2h' }, path);
    assert.match(long.what, /from 0s to 1h/);
    assert.equal(long.fix, 'use at most 1h');
  });
});

describe('an owner', () => {
  const owner = (tracker: string) =>
    `vrrp: {web: {vrid: 51, vip: 198.18.51.100/24, priority: 255}}\ntrack: {n: {type: process, name: nginx, ${tracker}}}`;

  it('is told that weights do nothing', () => {
    const [warning, ...more] = warningsOf(owner('weight: -30'));
    assert.deepEqual(more, []);
    assert.match(warning ?? '', /^vrrp\.web\.priority: 255 never changes: the weight of n does nothing/);
  });

  it('is told that a fault leaves its own addresses where they are', () => {
    const [warning, ...more] = warningsOf(owner('weight: 0'));
    assert.deepEqual(more, []);
    assert.match(warning ?? '', /keeps 198\.18\.51\.100\/24 .*two nodes would have it/);
  });
});

it("an owner's own address tells its interface", () => {
  const own = { name: 'eth0', up: true, addresses: [{ address: ip('198.18.51.100'), prefixLength: 24 }] };
  const nameOf = (priority: string) => {
    const router = routerOf({ LOCUM_PRIORITY: priority, LOCUM_TRACK__NGINX__WEIGHT: '-30' });
    return router && interfaceFor(router, [own])?.name;
  };
  assert.deepEqual([nameOf('255'), nameOf('254')], ['eth0', undefined]);
});

describe('a sync group', () => {
  const group = (a: string, b: string) =>
    `vrrp:\n  a: {vrid: 51, vip: 198.18.51.100/24, interface: eth0${a}}\n  b: {vrid: 51, vip: 198.18.52.100/24, interface: eth1${b}}`;

  it('of two says nothing', () => {
    assert.deepEqual(warningsOf(group(', sync-group: web', ', sync-group: web')), []);
  });

  it('of one is warned of', () => {
    const warnings = warningsOf(group(', sync-group: web', ', sync-group: wbe'));
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /^vrrp\.a\.sync-group: a is the only virtual router in web/);
  });

  it('has members that agree on what moves them', () => {
    const warnings = warningsOf(
      group(', sync-group: web, preempt: false', ', sync-group: web, priority: 90, preempt-delay: 5s'),
    );
    assert.deepEqual(
      warnings.map(text => text.split(':')[0]),
      ['vrrp.b.priority', 'vrrp.b.preempt', 'vrrp.b.preempt-delay'],
    );
  });
});

describe('virtual routers', () => {
  const many = (count: number, line: (i: number) => string) =>
    `vrrp:\n${Array.from({ length: count }, (_, i) => `  ${line(i)}`).join('\n')}`;

  it('may be 255 of each family', () => {
    const yaml = `${many(255, i => `four-${i}: {vrid: ${i + 1}, vip: 198.18.51.${i}/16}`)}\n${many(255, i => `six-${i}: {vrid: ${i + 1}, vip: "fd00:198:18::${(i + 1).toString(16)}/64"}`).slice(6)}`;
    const { config, problems } = load({ yaml });
    assert.deepEqual(problems.slice(0, 2), []);
    assert.equal(Object.keys(config?.vrrp ?? {}).length, 510);
  });

  it('hold an address once, advertised or not', () => {
    const yaml =
      'vrrp:\n  a: {vrid: 1, vip: 198.18.51.100/24}\n  b: {vrid: 2, vip: 198.18.51.101/24, excluded-vip: 198.18.51.100/24}';
    assert.match(
      onlyProblem(load({ yaml }).problems, 'vrrp.b.excluded-vip').what,
      /198\.18\.51\.100\/24, which a has too/,
    );
    const twice = 'vrrp:\n  a: {vrid: 1, vip: 198.18.51.100/24, excluded-vip: 198.18.51.100/24}';
    assert.match(
      onlyProblem(load({ yaml: twice }).problems, 'vrrp.a.excluded-vip').what,
      /which a has already/,
    );
  });

  it('keep further addresses of either family beside those that are advertised', () => {
    const router = routerOf({ LOCUM_EXCLUDED_VIP: '198.18.51.111/24, fd00:198:18::111/64' });
    assert.deepEqual(
      router?.excludedVip.map(({ address }) => address),
      ['198.18.51.111', 'fd00:198:18::111'],
    );
  });
});
