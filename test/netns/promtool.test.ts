/**
 * Prometheus judges (promtool(1)): the text of /metrics, and the alerts of compose/monitoring over what a pair of nodes goes through. The
 * series of a story are snapshots rendered as /metrics would be, so that an alert is held against what Locum says, not against what it is
 * believed to say.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parse } from 'yaml';
import { renderMetrics } from '../../src/control/metrics.ts';
import type { Status } from '../../src/control/status.ts';
import { FULL } from '../control/snapshots.ts';
import { codeBlocks, parseExposition, type Series } from '../support/exposition.ts';
import { missingPackages } from '../support/packages.ts';
import { ROOT } from '../support/paths.ts';
import { MINUTES, STORIES, type Story } from './alert-stories.ts';

const MONITORING = join(ROOT, 'compose', 'monitoring');
const RULES = join(MONITORING, 'alerts.yaml');
const skip = missingPackages({ promtool: 'prometheus' }).length > 0 && 'promtool is not installed';

const folder = mkdtempSync(join(tmpdir(), 'locum-promtool-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', input });
  assert.equal(status, 0, `promtool ${args.join(' ')}:\n${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

describe('the text of /metrics', { skip }, () => {
  for (const compatible of [false, true])
    test(`is without fault to Prometheus ${compatible ? 'with' : 'without'} the names of keepalived's exporter`, async () => {
      const said = promtool(['check', 'metrics'], (await renderMetrics(FULL, { compatible })).text);
      assert.equal(said, '');
    });
});

const STEP_SECONDS = 15;

type Values = Map<string, { readonly series: Series; readonly values: string[] }>;

const rendered = new WeakMap<Status, readonly Series[]>();

async function seriesOf(status: Status): Promise<readonly Series[]> {
  const known = rendered.get(status);
  if (known !== undefined) return known;
  const { series } = parseExposition((await renderMetrics(status, { compatible: false })).text);
  rendered.set(status, series);
  return series;
}

/** What Prometheus would have stored of a node at each step. */
async function scraped(story: Story, node: 'a' | 'b'): Promise<Values> {
  const stored: Values = new Map();
  const steps = ((story.minutes ?? MINUTES) * 60) / STEP_SECONDS;
  for (let step = 0; step <= steps; step++) {
    const status = story[node]?.((step * STEP_SECONDS) / 60);
    if (status === undefined) continue;
    const up: Series = { name: 'up', labels: {}, value: status === 'away' ? 0 : 1 };
    for (const series of status === 'away' ? [up] : [up, ...(await seriesOf(status))]) {
      const key = `${series.name}{${JSON.stringify(series.labels)}`;
      const kept = stored.get(key) ?? { series, values: [] };
      while (kept.values.length < step) kept.values.push('_');
      kept.values.push(String(series.value));
      stored.set(key, kept);
    }
  }
  return stored;
}

async function unitTest(story: Story): Promise<object> {
  const inputs: object[] = [];
  for (const node of ['a', 'b'] as const)
    for (const { series, values } of (await scraped(story, node)).values()) {
      const labels = Object.entries({ ...series.labels, job: 'locum', instance: node });
      const matchers = labels.map(([label, value]) => `${label}=${JSON.stringify(value)}`);
      inputs.push({ series: `${series.name}{${matchers.join(',')}}`, values: values.join(' ') });
    }
  return {
    interval: `${STEP_SECONDS}s`,
    input_series: inputs,
    promql_expr_test: [
      {
        expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: `${story.minutes ?? MINUTES}m`,
        exp_samples: Object.entries(story.fires).map(([alertname, value]) => ({
          labels: `{alertname="${alertname}"}`,
          value,
        })),
      },
    ],
  };
}

describe('the alerts', { skip }, () => {
  test('are without fault to Prometheus', () => {
    assert.match(promtool(['check', 'rules', RULES]), /SUCCESS/);
  });

  test('are found by the settings that the README shows, which Prometheus takes', () => {
    const shown = codeBlocks(readFileSync(join(MONITORING, 'README.md'), 'utf8'), 'yaml').filter(block =>
      block.includes('scrape_configs:'),
    );
    assert.equal(shown.length, 2);
    copyFileSync(RULES, join(folder, 'alerts.yaml'));
    const path = join(folder, 'prometheus.yaml');
    for (const settings of shown) {
      writeFileSync(path, settings);
      assert.match(promtool(['check', 'config', path]), /SUCCESS/);
    }
  });

  for (const [index, story] of STORIES.entries())
    test(`${story.title}: ${Object.keys(story.fires).join(', ') || 'none'}`, async () => {
      const path = join(folder, `${index}.json`);
      const tests = [await unitTest(story)];
      const file = { rule_files: [RULES], evaluation_interval: `${STEP_SECONDS}s`, tests };
      writeFileSync(path, JSON.stringify(file));
      promtool(['test', 'rules', path]);
    });

  test('all have their story', () => {
    const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: { alert: string }[] }[] };
    const told = new Set(STORIES.flatMap(({ fires }) => Object.keys(fires)));
    const names = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    assert.deepEqual([...told].sort(), names.sort());
  });
});
