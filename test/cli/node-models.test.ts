/** What explain/ is told about a node, from its configuration. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrackerConfig } from '../../src/app/config/config.ts';
import { loadConfig } from '../../src/app/config/load.ts';
import { type NodeConfig, virtualRouters } from '../../src/cli/node-models.ts';
import type { TrackerModel } from '../../src/explain/model.ts';
import { parseIpAddress } from '../../src/lib/ip-address.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';

function nodeOf(content: string): NodeConfig {
  const { config, settings, problems } = loadConfig({
    file: { name: 'node.yaml', content },
    proxy: undefined,
    environment: {},
  });
  assert.ok(config !== undefined, JSON.stringify(problems));
  return { name: 'a', config, settings };
}

const SMALLEST = 'vrid: 51\nvip: 198.18.51.100/24\n';

function trackerOf(changes: Partial<TrackerConfig>): TrackerModel {
  const node = nodeOf(SMALLEST);
  const common = { weight: -30, reverse: false, interval: seconds(1), timeout: seconds(1), rise: 1, fall: 1 };
  const config = { ...node.config, track: { t: { ...common, ...changes } as TrackerConfig } };
  const [member] = virtualRouters([{ ...node, config }]).get(51) ?? [];
  return member?.model.trackers[0] ?? assert.fail('no tracker');
}

describe('node models', () => {
  it('hold what decides who is master', () => {
    const members = virtualRouters([nodeOf(`${SMALLEST}version: 2\npreempt: false\ntiming: rfc\n`)]).get(51);
    const { trackers, ...model } = members?.[0]?.model ?? assert.fail('no member');
    assert.deepEqual(model, {
      name: 'a',
      priority: 100,
      version: 2,
      interval: seconds(1),
      preempt: false,
      timing: 'rfc',
      leaseSeconds: 4,
      primaryAddress: undefined,
      addresses: ['198.18.51.100'],
      authentication: 'none',
    });
    assert.deepEqual(
      trackers.map(({ name, weight, notice }) => [name, weight, notice.failure]),
      [['nginx', -30, milliseconds(5)]],
    );
  });

  it('compare passwords without holding them', () => {
    const withPassword = (password: string) =>
      virtualRouters([nodeOf(`${SMALLEST}version: 2\nauth: { type: pass, password: ${password} }\n`)]).get(
        51,
      )?.[0]?.model.authentication;
    assert.equal(withPassword('geheim'), withPassword('geheim'));
    assert.notEqual(withPassword('geheim'), withPassword('geheim2'));
    assert.ok(!withPassword('geheim')?.includes('geheim'));
  });

  it('group virtual routers by VRID, whatever their names', () => {
    const one = nodeOf(
      'vrrp:\n  web: { vrid: 1, vip: 198.18.51.1/24 }\n  db: { vrid: 2, vip: 198.18.51.2/24 }\n',
    );
    const routers = virtualRouters([one, { ...nodeOf('vrid: 2\nvip: 198.18.51.2/24\n'), name: 'b' }]);
    const named = [...routers].map(([vrid, members]) => [vrid, members.map(({ router }) => router)]);
    assert.deepEqual(named, [
      [1, ['web']],
      [2, ['db', 'default']],
    ]);
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
