/**
 * The names of keepalived-exporter on Locum's /metrics: with them, dashboards and alerts made for keepalived find what they ask for. The
 * lists here are facts of public places, named beside each; an expression stands as the metric and the labels that it asks for.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderMetrics } from '../../../src/control/metrics.ts';
import type { RouterCounters, Status } from '../../../src/control/status.ts';
import { type Exposition, labelsByName, parseExposition } from '../../support/exposition.ts';
import { FULL, wellNode } from '../snapshots.ts';

const exposed = async (status: Status): Promise<Exposition> =>
  parseExposition((await renderMetrics(status, { compatible: true })).text);

const ROUTER = ['iname', 'intf', 'vrid'];
const ADDRESS = [...ROUTER, 'ip_address'];

/** Every metric of the exporter: https://github.com/mehdy/keepalived-exporter, internal/collector/collector.go. */
const EXPORTER: readonly (readonly [type: 'gauge' | 'counter', labels: readonly string[], names: string])[] =
  [
    ['gauge', [], 'up'],
    ['gauge', ['version'], 'exporter_build_info'],
    ['gauge', ADDRESS, 'vrrp_state vrrp_excluded_state exporter_check_script_status'],
    ['gauge', ['name'], 'script_status script_state'],
    ['counter', ROUTER, 'gratuitous_arp_delay_total advertisements_received_total advertisements_sent_total'],
    ['counter', ROUTER, 'become_master_total release_master_total packet_length_errors_total'],
    ['counter', ROUTER, 'advertisements_interval_errors_total ip_ttl_errors_total'],
    ['counter', ROUTER, 'invalid_type_received_total address_list_errors_total'],
    ['counter', ROUTER, 'authentication_invalid_total authentication_mismatch_total'],
    ['counter', ROUTER, 'authentication_failure_total'],
    ['counter', ROUTER, 'priority_zero_received_total priority_zero_sent_total'],
  ];

/** What dashboards and alerts ask for; `instance`, `job` and `node_name` are labels of the scrape. */
const ASKED: readonly (readonly [source: string, metrics: Readonly<Record<string, readonly string[]>>])[] = [
  [
    // The panels whose metrics kept their names since; it says keepalived_check_script_status without "exporter".
    'https://github.com/mehdy/keepalived-exporter grafana/dashboards/keepalived-exporter.json',
    {
      keepalived_up: [],
      keepalived_script_status: ['name'],
      keepalived_check_script_status: ['ip_address'],
      keepalived_script_state: ['name'],
      keepalived_vrrp_state: ['iname', 'ip_address'],
    },
  ],
  [
    'https://github.com/K-Phoen/homelab grafana/dashboards/keepalived',
    {
      keepalived_up: [],
      keepalived_exporter_build_info: [],
      keepalived_script_status: ['name'],
      keepalived_vrrp_state: [],
      keepalived_become_master_total: ['vrid'],
      keepalived_release_master_total: ['vrid'],
      keepalived_advertisements_sent_total: ['vrid'],
      keepalived_advertisements_received_total: ['vrid'],
      keepalived_priority_zero_sent_total: ['vrid'],
      keepalived_priority_zero_received_total: ['vrid'],
      keepalived_gratuitous_arp_delay_total: ['vrid'],
      keepalived_advertisements_interval_errors_total: ['vrid'],
      keepalived_packet_length_errors_total: ['vrid'],
      keepalived_ip_ttl_errors_total: ['vrid'],
      keepalived_invalid_type_received_total: ['vrid'],
      keepalived_address_list_errors_total: ['vrid'],
      keepalived_authentication_invalid_total: ['vrid'],
      keepalived_authentication_failure_total: ['vrid'],
      keepalived_authentication_mismatch_total: ['vrid'],
    },
  ],
];

describe('the names of keepalived-exporter', () => {
  test('are not there unless they are asked for', async () => {
    assert.doesNotMatch((await renderMetrics(FULL, { compatible: false })).text, /keepalived/);
  });

  test('do not change what Locum says under its own', async () => {
    const { text: own } = await renderMetrics(FULL, { compatible: false });
    assert.ok((await renderMetrics(FULL, { compatible: true })).text.startsWith(own));
  });

  test('are all there, with its types and exactly its labels', async () => {
    const exposition = await exposed(FULL);
    const labels = labelsByName(exposition);
    for (const [type, expected, names] of EXPORTER)
      for (const name of names.split(' ').map(word => `keepalived_${word}`)) {
        assert.equal(exposition.types.get(name), type, name);
        assert.deepEqual([...(labels.get(name) ?? [])].sort(), [...expected].sort(), name);
      }
  });

  for (const [source, metrics] of ASKED)
    test(`answer ${source}`, async () => {
      const labels = labelsByName(await exposed(FULL));
      for (const [name, asked] of Object.entries(metrics))
        for (const label of asked) assert.ok(labels.get(name)?.has(label), `${name}{${label}}`);
      for (const name of Object.keys(metrics)) assert.ok(labels.has(name), name);
    });
});

describe('what they mean', () => {
  const router = { iname: 'web', intf: 'eth0', vrid: '51' };
  const series = async (status: Status, name: string): Promise<Exposition['series']> =>
    (await exposed(status)).series.filter(one => one.name === `keepalived_${name}`);

  test('a state is a code, of every address by itself', async () => {
    const codes = ['init', 'backup', 'master', 'fault'] as const;
    const [first] = FULL.routers;
    assert.ok(first !== undefined);
    for (const [code, state] of codes.entries()) {
      const found = await series({ ...FULL, routers: [{ ...first, state }] }, 'vrrp_state');
      assert.deepEqual(
        found.map(({ labels, value }) => [labels, value]),
        ['198.18.51.100/24', '198.18.51.101/24'].map(ip_address => [{ ip_address, ...router }, code]),
      );
    }
  });

  test('an address that is not advertised is excluded', async () => {
    assert.deepEqual(await series(FULL, 'vrrp_excluded_state'), [
      {
        name: 'keepalived_vrrp_excluded_state',
        labels: { ip_address: '198.18.51.102/24', ...router },
        value: 2,
      },
    ]);
  });

  test('the check of an address says whether the kernel has it where it belongs', async () => {
    const of = async (status: Status) =>
      (await series(status, 'exporter_check_script_status')).map(({ value }) => value);
    assert.deepEqual(await of(wellNode('a')), [1]);
    assert.deepEqual(await of(wellNode('b')), [1]);
    assert.deepEqual(await of(FULL), [1, 0, 1]);
  });

  test('every discard is counted under what keepalived would call it, and none twice', async () => {
    const reasons = [
      'truncated',
      'length',
      'ttl',
      'type',
      'interval',
      'no-addresses',
      'auth-type',
      'auth-digest',
    ];
    const [first] = FULL.routers;
    assert.ok(first !== undefined);
    for (const reason of reasons) {
      const counters: RouterCounters = { ...first.counters, discards: { [reason]: 7 } };
      const { series: all } = await exposed({ ...FULL, routers: [{ ...first, counters }] });
      const found = all.filter(
        ({ name, value }) =>
          /^keepalived_.*_(?:errors|received|mismatch|failure)_total$/.test(name) && value === 7,
      );
      assert.equal(found.length, 1, reason);
    }
  });

  test('a script is a tracker', async () => {
    assert.deepEqual(
      (await series(wellNode('a'), 'script_status')).map(({ labels, value }) => [labels, value]),
      [[{ name: 'nginx' }, 1]],
    );
  });
});
