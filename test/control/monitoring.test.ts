/** compose/monitoring: whatever its dashboard and its alerts ask for is on /metrics, by that name and with those labels. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { renderMetrics } from '../../src/control/metrics.ts';
import { configOf, SMALLEST } from '../app/config/support.ts';
import { codeBlocks, demandOf, labelsByName, parseExposition } from '../support/exposition.ts';
import { ROOT } from '../support/paths.ts';
import { FULL } from './snapshots.ts';

/** Labels that Prometheus adds to what it scrapes. */
const OF_THE_SCRAPE = ['job', 'instance'];
/** Series of Prometheus itself. */
const OF_PROMETHEUS = ['up'];

const read = (name: string): string => readFileSync(join(ROOT, 'compose', 'monitoring', name), 'utf8');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

const alerts = (parse(read('alerts.yaml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const dashboard = JSON.parse(read('grafana-dashboard.json')) as Dashboard;
const targets = dashboard.panels.flatMap(({ title, targets: some }) =>
  (some ?? []).map(target => ({ title, ...target })),
);

let known: ReadonlyMap<string, ReadonlySet<string>>;
before(async () => {
  known = labelsByName(parseExposition((await renderMetrics(FULL, { compatible: false })).text));
});

/** The labels that the answer to an expression can have; fails where it asks for what is not there. */
function answered(expression: string): ReadonlySet<string> {
  const { metrics, labels } = demandOf(expression);
  if (!OF_PROMETHEUS.some(name => expression.startsWith(name))) assert.ok(metrics.size > 0, expression);
  const offered = new Set(OF_THE_SCRAPE);
  for (const [name, matched] of metrics) {
    const own = known.get(name) ?? assert.fail(`there is no ${name}: ${expression}`);
    for (const label of own) offered.add(label);
    for (const label of matched)
      assert.ok(own.has(label) || OF_THE_SCRAPE.includes(label), `${name}{${label}}: ${expression}`);
  }
  for (const label of labels) assert.ok(offered.has(label), `${label} in ${expression}`);
  const aggregated = /^\s*(?:count|sum|max|min)\s+by\s*\(([^)]*)\)/.exec(expression)?.[1];
  return aggregated === undefined ? offered : new Set(aggregated.split(',').map(label => label.trim()));
}

describe('the alerts', () => {
  test('are there for what must wake somebody', () => {
    const critical = alerts.filter(({ labels }) => labels.severity === 'critical').map(({ alert }) => alert);
    for (const name of ['LocumTwoMasters', 'LocumNoMaster', 'LocumAddressMissing'])
      assert.ok(critical.includes(name), name);
  });

  test('have names of their own, one of three severities, and say what to do', () => {
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
    for (const { alert, labels, annotations } of alerts) {
      assert.match(labels.severity, /^(?:critical|warning|info)$/, alert);
      assert.ok(annotations.summary.length > 0 && annotations.description.length > 0, alert);
    }
  });

  for (const { alert, expr, annotations } of alerts)
    test(`${alert} asks for metrics and labels that are there`, () => {
      const labels = answered(expr);
      for (const text of Object.values(annotations))
        for (const [, label = ''] of text.matchAll(/\$labels\.(\w+)/g))
          assert.ok(labels.has(label), `${label} in: ${text}`);
    });
});

describe('the dashboard', () => {
  test('is of one data source and of nodes that are chosen', () => {
    assert.deepEqual(
      dashboard.templating.list.map(({ name, type }) => [name, type]),
      [
        ['datasource', 'datasource'],
        ['job', 'query'],
        ['node', 'query'],
      ],
    );
    for (const { definition } of dashboard.templating.list)
      if (definition !== undefined) answered(definition);
    const sources = [...read('grafana-dashboard.json').matchAll(/"uid": "([^"]*)"/g)].map(([, uid]) => uid);
    assert.deepEqual(new Set(sources), new Set(['locum', '$'.concat('{datasource}')]));
  });

  test('has panels that do not lie on each other', () => {
    const cells = new Set<string>();
    for (const { title, gridPos } of dashboard.panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(x < 24 && !cells.has(`${x},${y}`), `${title} at ${x},${y}`);
          cells.add(`${x},${y}`);
        }
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  for (const { title, expr, legendFormat } of targets)
    test(`${title}: ${legendFormat}`, () => {
      assert.match(expr, /job=~"\$job", instance=~"\$node"/);
      const labels = answered(expr);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        assert.ok(labels.has(label), label);
    });
});

describe('between them they show', () => {
  /** What a machine reads rather than a person: for joins, and for whoever makes a dashboard of their own. */
  const FOR_OTHERS = [
    'locum_node_info',
    'locum_scheduling_info',
    'locum_router_info',
    'locum_router_sync_group_waiting',
    'locum_router_refused_senders',
    'locum_router_released_master_total',
    'locum_router_virtual_mac_up',
    'locum_peer_info',
    'locum_peer_priority',
    'locum_tracker_health_age_seconds',
    'locum_tracker_weight',
    'locum_tracker_last_check_success',
    'locum_tracker_last_check_age_seconds',
    'locum_hook_waiting',
    'locum_hook_running_seconds',
    'locum_docker_containers',
    'locum_upstreams_renders_total',
    'locum_upstreams_reloads_total',
    'locum_upstreams_warnings',
    'locum_config_reloads_total',
  ];

  test('every metric, but those that are named here', () => {
    const shown = [...alerts, ...targets].flatMap(({ expr }) => [...demandOf(expr).metrics.keys()]);
    const unseen = [...known.keys()].filter(name => !shown.includes(name));
    assert.deepEqual(unseen.sort(), [...FOR_OTHERS].sort());
  });
});

describe('the README', () => {
  const OF_ROUTERS = ['router', 'vrid', 'interface'];

  test('lists every metric with its labels and what Prometheus is told of it', async () => {
    const { text } = await renderMetrics(FULL, { compatible: false });
    const rows = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help]) => {
      const labels = [...(known.get(name) ?? [])].filter(label => !OF_ROUTERS.includes(label));
      return `| \`${name}\` | ${labels.map(label => `\`${label}\``).join(' ')} | ${help} |`;
    });
    const listed = read('README.md')
      .split('\n')
      .filter(line => line.startsWith('| `locum_'));
    assert.deepEqual(listed, rows);
  });

  test('shows settings that Locum takes', () => {
    const settings = codeBlocks(read('README.md'), 'yaml').filter(block => block.startsWith('http:'));
    assert.deepEqual(
      settings.map(yaml => configOf({ yaml, environment: SMALLEST }).http.compatibleMetrics),
      [false, true],
    );
  });
});
