/** The lines for a terminal and as JSON. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { about } from '../../src/doctor/line.ts';
import { hasFailures, linesJson, renderLines } from '../../src/doctor/render.ts';

const ok = about('nginx').ok('runs');
const warn = about('firewall', 'eth0 AH').warn('is dropped', 'let it in');
const fail = about('address', '198.18.51.100/24').fail('somebody has it', 'take it away');

describe('the text', () => {
  test('is one row a line, the fix below, a summary at the end', () => {
    assert.equal(
      renderLines([ok, warn, fail]),
      [
        'ok    nginx                     runs',
        'warn  firewall eth0 AH          is dropped',
        '                                fix: let it in',
        'fail  address 198.18.51.100/24  somebody has it',
        '                                fix: take it away',
        '',
        '1 failure, 1 warning: this node would not do its work.',
      ].join('\n'),
    );
    assert.match(renderLines([ok, warn]), /\n1 warning, nothing fails\.$/);
    assert.match(renderLines([ok]), /\nAll is well\.$/);
  });

  test('has no line longer than 100 columns, and keeps long words whole', () => {
    const long = about('docker').warn('word '.repeat(60).trim(), 'x'.repeat(120));
    const rows = renderLines([long]).split('\n');
    assert.ok(rows.some(row => row.endsWith('x'.repeat(120))));
    assert.ok(rows.filter(row => !row.includes('x')).every(row => row.length <= 100));
  });

  test('gives a terminal nothing to obey', () => {
    const [row = ''] = renderLines([about('docker').ok('a\u001b[31mb\nc')]).split('\n');
    assert.equal(row, 'ok    docker  a [31mb c');
  });
});

describe('the JSON', () => {
  test('has every line, and null for no fix', () => {
    assert.deepEqual(linesJson([ok, fail]), {
      ok: false,
      lines: [
        { check: 'nginx', subject: '', status: 'ok', found: 'runs', fix: null },
        {
          check: 'address',
          subject: '198.18.51.100/24',
          status: 'fail',
          found: 'somebody has it',
          fix: 'take it away',
        },
      ],
    });
  });

  test('a warning is no failure', () => {
    assert.equal(hasFailures([ok, warn]), false);
    assert.equal(linesJson([ok, warn]).ok, true);
  });
});
