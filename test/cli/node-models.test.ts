/** What explain/ is told about a node, from its configuration. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Config, TrackerConfig } from '../../src/app/config/config.ts';
import { loadConfig } from '../../src/app/config/load.ts';
import {
  type ImaginedNode,
  locumNode,
  renamed,
  virtualRouters,
  withLocum,
} from '../../src/cli/node-models.ts';
import type { NodeModel, TrackerModel } from '../../src/explain/model.ts';
import { parseIpAddress } from '../../src/lib/ip-address.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';

function configOf(content: string): Config {
  const { config, problems } = loadConfig({
    file: { name: 'node.yaml', content },
    proxy: undefined,
    environment: {},
  });
  return config ?? assert.fail(JSON.stringify(problems));
}

function nodeOf(content: string): ImaginedNode {
  return renamed(locumNode(configOf(content), [], 'node.yaml'), 'a');
}

const SMALLEST = 'vrid: 51\nvip: 198.18.51.100/24\n';

function modelOf(node: ImaginedNode): NodeModel {
  return node.routers[0]?.model ?? assert.fail('no router');
}

function trackerOf(changes: Partial<TrackerConfig>): TrackerModel {
  const common = { weight: -30, reverse: false, interval: seconds(1), timeout: seconds(1), rise: 1, fall: 1 };
  const config = { ...configOf(SMALLEST), track: { t: { ...common, ...changes } as TrackerConfig } };
  return modelOf(locumNode(config, [], '')).trackers[0] ?? assert.fail('no tracker');
}

describe('node models', () => {
  it('hold what decides who is master', () => {
    const node = nodeOf(`${SMALLEST}version: 2\npreempt: false\ntiming: rfc\n`);
    const { trackers, ...model } = modelOf(node);
    assert.deepEqual(model, {
      name: 'a',
      from: 'node.yaml',
      program: 'locum',
      priority: 100,
      version: 2,
      interval: seconds(1),
      preempt: false,
      preemptDelay: 0,
      syncGroup: undefined,
      timing: 'rfc',
      leaseSeconds: 4,
      primaryAddress: undefined,
      addresses: ['198.18.51.100'],
      unicast: undefined,
      checksum: 'pseudo-header',
      authentication: { gives: { id: 'none', shown: 'none' }, believes: ['none'] },
    });
    assert.deepEqual(
      trackers.map(({ name, weight, notice }) => [name, weight, notice.failure]),
      [['nginx', -30, milliseconds(5)]],
    );
  });

  it('hold the trackers that the virtual router follows', () => {
    const track = 'track: {a: {type: process, name: a}, b: {type: process, name: b}}\n';
    const web = 'vrrp: {web: {vrid: 51, vip: 198.18.51.100/24, track: [b]}}\n';
    assert.deepEqual(
      modelOf(nodeOf(track + web)).trackers.map(({ name }) => name),
      ['b'],
    );
  });

  it('compare passwords without holding them', () => {
    const withPassword = (password: string) =>
      modelOf(nodeOf(`${SMALLEST}version: 2\nauth: { type: pass, password: ${password} }\n`)).authentication
        .gives.id;
    assert.equal(withPassword('geheim'), withPassword('geheim'));
    assert.notEqual(withPassword('geheim'), withPassword('geheim2'));
    assert.ok(!withPassword('geheim').includes('geheim'));
  });

  it('say what the same node would be with Locum', () => {
    const locum = modelOf(nodeOf(`${SMALLEST}track: { t: { type: process, name: x, weight: 4 } }\n`));
    assert.equal(withLocum(locum), locum);
    const checked = locum.trackers.map(each => ({
      ...each,
      notice: { failure: undefined, recovery: undefined },
    }));
    const keepalived: NodeModel = {
      ...locum,
      program: 'keepalived',
      timing: 'rfc',
      leaseSeconds: undefined,
      trackers: checked,
    };
    assert.deepEqual(withLocum(keepalived), locum);
  });

  it('check no longer than an interval with Locum', () => {
    const model = modelOf(nodeOf(SMALLEST));
    const slow = { ...trackerOf({ type: 'exec' }), interval: seconds(2), timeout: seconds(10) };
    const [tracker] = withLocum({ ...model, program: 'keepalived', trackers: [slow] }).trackers;
    assert.equal(tracker?.timeout, seconds(2));
  });

  it('group virtual routers by VRID and family, whatever their names', () => {
    const one = nodeOf(
      'vrrp:\n  web: { vrid: 1, vip: 198.18.51.1/24 }\n  db: { vrid: 2, vip: 198.18.51.2/24 }\n  six: { vrid: 2, vip: fd00::2/64 }\n',
    );
    const routers = virtualRouters([one, renamed(nodeOf('vrid: 2\nvip: 198.18.51.2/24\n'), 'b')]);
    const named = routers.map(members => members.map(({ router }) => `${router.vrid} ${router.name}`));
    assert.deepEqual(named, [['1 web'], ['2 db', '2 default'], ['2 six']]);
  });

  it('know what is beyond the node, by its host alone', () => {
    const http = (url: string, connect?: { readonly socket: string }) =>
      trackerOf({ type: 'http', url, connect } as Partial<TrackerConfig>).outside;
    assert.equal(http('http://198.18.0.9/health?token=geheim')?.shown, 'http://198.18.0.9');
    assert.notEqual(http('http://198.18.0.9/a')?.id, http('http://198.18.0.9/b')?.id);
    assert.ok(!JSON.stringify(http('http://198.18.0.9/health?token=geheim')).includes('geheim'));
    for (const own of [
      'http://127.0.0.1/',
      'http://127.9.9.9/',
      'http://localhost/',
      'http://nginx:8080/',
      'http://[::1]/',
    ])
      assert.equal(http(own), undefined, own);
    assert.equal(http('http://198.18.0.9/', { socket: '/run/x.sock' }), undefined);
    const address = parseIpAddress('198.18.0.254');
    assert.deepEqual(trackerOf({ type: 'ping', address } as Partial<TrackerConfig>).outside, {
      id: 'ping 198.18.0.254',
      shown: 'ping 198.18.0.254',
    });
  });

  it('turn notices with a reversed tracker, and count a file as one', () => {
    assert.deepEqual(trackerOf({ type: 'process', reverse: true }).notice, {
      failure: undefined,
      recovery: milliseconds(5),
    });
    assert.equal(trackerOf({ type: 'file', weight: 5 }).weight, -5);
  });
});
