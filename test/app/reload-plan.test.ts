/** What a reload does for which change; and that there is no setting whose change it does not notice. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Config } from '../../src/app/config/config.ts';
import { router as routerSchema, schema } from '../../src/app/config/schema.ts';
import {
  type Action,
  carriedOut,
  describePlan,
  isIdle,
  planReload,
  type ReloadPlan,
  ROUTER_SETTINGS,
  SECTIONS,
} from '../../src/app/reload-plan.ts';
import { configOf } from './config/support.ts';

const YAML = `
vrrp:
  web:
    vrid: 51
    vip: [198.18.51.100/24, 198.18.51.101/24]
    excluded-vip: [198.18.51.102/24]
    interface: eth0
    sync-group: edge
    unicast: { peers: [198.18.51.2], ttl: 255 }
    source: 198.18.51.1
    auth: { type: pass, password: secret }
    version: 2
    track: [nginx]
  six: { vrid: 51, vip: [fd00:198:18::100/64], interface: eth0, vmac: { enabled: true, interface: v6 } }
track:
  nginx: { type: process, name: nginx, weight: -30 }
  page: { type: http, url: http://127.0.0.1/, weight: 5 }
notify:
  pager: { type: exec, command: [/bin/true], routers: [web] }
docker: { engine: { far: { host: 'tcp://198.18.51.9:2375', address: 198.18.51.9 } } }
discovery: { projects: [shop] }
upstream: { shop: { server: { one: { address: '198.18.51.7:80' } } } }
`;

const CONFIG = configOf({ yaml: YAML });
const PLACES = { web: 'eth0', six: 'eth0' };

function planFor(next: Config, places: Readonly<Record<string, string>> = PLACES): ReloadPlan {
  return planReload({ config: CONFIG, places: PLACES }, { config: next, places });
}

function withWeb(changes: Partial<Config['vrrp'][string]>): Config {
  const { web } = CONFIG.vrrp;
  assert.ok(web !== undefined);
  return { ...CONFIG, vrrp: { ...CONFIG.vrrp, web: { ...web, ...changes } } };
}

const changeOf = (actions: readonly Action[], name: string) =>
  actions.find(action => action.name === name)?.change;

const webIn = (next: Config, places?: Readonly<Record<string, string>>) =>
  changeOf(planFor(next, places).routers, 'web');

type Path = readonly (string | number)[];

/** Every value in a configuration that is not made of others. Maps and octets count as one. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  const isWhole = typeof value !== 'object' || value === null || value instanceof Map;
  if (isWhole || value instanceof Uint8Array) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function changedAt(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return differentFrom(value);
  const inner = value as Readonly<Record<string, unknown>>;
  const copy = Array.isArray(value) ? [...value] : { ...inner };
  return Object.assign(copy, { [key]: changedAt(inner[key], rest) });
}

function differentFrom(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return `${value}x`;
  return value instanceof Map ? new Map() : 'something';
}

describe('the plan of a reload', () => {
  it('has nothing to do for an equal configuration', () => {
    const plan = planFor(configOf({ yaml: YAML }));
    assert.equal(isIdle(plan), true);
    assert.equal(describePlan(plan), 'nothing to apply');
  });

  it('notices a change of any setting', () => {
    fc.assert(
      fc.property(fc.constantFrom(...leavesOf(CONFIG)), path => {
        const plan = planFor(changedAt(CONFIG, path) as Config);
        assert.equal(isIdle(plan), false, path.join('.'));
      }),
      { numRuns: 500 },
    );
  });

  it('is reached: what was carried out leaves nothing to do but what waits for the next start', () => {
    fc.assert(
      fc.property(fc.constantFrom(...leavesOf(CONFIG)), path => {
        const next = changedAt(CONFIG, path) as Config;
        const first = planFor(next);
        const now = { config: carriedOut(CONFIG, next), places: PLACES };
        const second = planReload(now, { config: next, places: PLACES });
        assert.deepEqual(second.nextStart, first.nextStart);
        assert.equal(isIdle({ ...second, nextStart: [], fixed: [] }), true, path.join('.'));
      }),
      { numRuns: 200 },
    );
  });

  it('knows every setting of the schema', () => {
    const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    assert.deepEqual(Object.keys(routerSchema.shape).map(camel).sort(), Object.keys(ROUTER_SETTINGS).sort());
    assert.deepEqual(Object.keys(schema.shape).map(camel).sort(), Object.keys(SECTIONS).sort());
  });

  it('adjusts a virtual router in place where it can', () => {
    const [first] = CONFIG.vrrp['web']?.vip ?? [];
    assert.ok(first !== undefined);
    assert.equal(webIn(withWeb({ priority: 120 })), 'adjust');
    assert.equal(webIn(withWeb({ vip: [first] })), 'adjust');
    assert.equal(webIn(withWeb({ syncGroup: undefined })), 'adjust');
    assert.equal(webIn(withWeb({ auth: { type: 'none' } })), 'adjust');
    assert.equal(webIn(withWeb({ interface: undefined })), 'adjust');
  });

  it('begins one anew that is another by VRID, version, family, interface, MAC or ownership', () => {
    const six = CONFIG.vrrp['six'];
    assert.ok(six !== undefined);
    assert.equal(webIn(withWeb({ vrid: 52 })), 'restart');
    assert.equal(webIn(withWeb({ version: 3 })), 'restart');
    assert.equal(webIn(withWeb({ vip: six.vip })), 'restart');
    assert.equal(webIn(withWeb({ priority: 255 })), 'restart');
    assert.equal(webIn(withWeb({ vmac: { interface: 'v', advertiseFrom: 'vmac' } })), 'restart');
    assert.equal(webIn(CONFIG, { ...PLACES, web: 'eth1' }), 'restart');
    const both = {
      ...CONFIG,
      vrrp: { ...CONFIG.vrrp, six: { ...six, excludedVip: withWeb({}).vrrp['web']?.vip ?? [] } },
    };
    assert.equal(changeOf(planFor(both).routers, 'six'), 'restart');
  });

  it('names who comes and who goes, the latter first', () => {
    const { web, six } = CONFIG.vrrp;
    assert.ok(web !== undefined && six !== undefined);
    const plan = planFor({ ...CONFIG, vrrp: { web, other: six } }, { web: 'eth0', other: 'eth0' });
    assert.deepEqual(plan.routers, [
      { name: 'six', change: 'remove' },
      { name: 'web', change: 'keep' },
      { name: 'other', change: 'add' },
    ]);
    assert.equal(describePlan(plan), 'virtual router added: other; virtual router removed: six');
  });

  it('tells a tracker with another weight from one with another target', () => {
    const { nginx, page } = CONFIG.track;
    assert.ok(nginx?.type === 'process' && page !== undefined);
    const track = { nginx: { ...nginx, name: 'caddy' }, page: { ...page, weight: 6 } };
    assert.deepEqual(planFor({ ...CONFIG, track }).trackers, [
      { name: 'nginx', change: 'restart' },
      { name: 'page', change: 'adjust' },
    ]);
  });

  it('says what waits for the next start, and what nothing can be applied without', () => {
    const later = planFor({
      ...CONFIG,
      log: { level: 'debug', format: 'json' },
      drain: { ...CONFIG.drain, stateFile: '/tmp/other' },
    });
    assert.deepEqual(later.nextStart, ['log', 'drain.state-file']);
    const { docker } = CONFIG;
    assert.deepEqual(planFor({ ...CONFIG, docker: { ...docker, labelPrefix: 'x' } }).fixed, [
      'docker.label-prefix',
    ]);
    assert.equal(planFor({ ...CONFIG, docker: { ...docker, engines: [] } }).discovery, 'restart');
  });
});
