/** What README.md shows of `locum explain`, of two nodes whose nginx adds 4 while it is up, and nginx/README.md of `locum upstreams`. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { renderUpstreams } from '../../src/control/render-upstreams.ts';
import type { UpstreamsStatus } from '../../src/control/status.ts';
import { missingLine } from '../support/guide.ts';
import { MAIN, ROOT } from '../support/paths.ts';

const NODES = { 'node1.yaml': 100, 'node2.yaml': 98 };

const settings = (priority: number): string =>
  [
    `vrrp: {web: {vrid: 51, vip: [198.18.51.100/24], priority: ${priority}}}`,
    'track: {nginx: {type: process, name: nginx, weight: 4}}',
    '',
  ].join('\n');

test('README.md shows what locum explain prints', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, words = '', body = ''] = /```text\n\$ locum (explain .*)\n([\s\S]*?)```/.exec(readme) ?? [];
  const lines = body
    .trimEnd()
    .split('\n')
    .filter(line => !/^\s*…?$/.test(line));
  assert.ok(lines.length > 5);
  const folder = mkdtempSync(join(tmpdir(), 'locum-readme-'));
  try {
    for (const [name, priority] of Object.entries(NODES))
      writeFileSync(join(folder, name), settings(priority));
    const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('LOCUM_'));
    const options = { cwd: folder, env: Object.fromEntries(environment), encoding: 'utf8' } as const;
    const printed = execFileSync(process.execPath, [MAIN, ...words.split(' ')], options);
    assert.equal(missingLine(lines, printed), undefined, printed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const SEEN: UpstreamsStatus = {
  file: '/etc/nginx/locum/upstreams.conf',
  upstreams: [
    {
      name: 'app',
      balance: 'least_conn',
      servers: [
        {
          address: '198.18.60.2:8080',
          weight: 5,
          backup: false,
          origin: 'app-1',
          line: '198.18.60.2:8080 weight=5',
        },
      ],
    },
  ],
  leftOut: [
    {
      upstream: 'app',
      container: 'app-2',
      reason: 'shares no network with the proxy: the container is on back; the proxy is on front',
      fix: 'attach it to a network of the proxy',
    },
  ],
  unasked: ['db'],
  warnings: ['container app-1: unknown label "locum.prot"; did you mean locum.port?'],
  lastRender: null,
  lastReload: null,
  lastVerify: null,
  renders: 1,
  reloads: 0,
  failures: 0,
};

test('nginx/README.md shows what locum upstreams prints', () => {
  const guide = readFileSync(join(ROOT, 'nginx', 'README.md'), 'utf8');
  const [, body = ''] = /```text\n\$ locum upstreams\n([\s\S]*?)```/.exec(guide) ?? [];
  const printed = renderUpstreams(SEEN);
  assert.equal(missingLine(body.trimEnd().split('\n'), printed), undefined, printed);
});
