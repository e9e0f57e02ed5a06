/** Which names an upstream may have. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUpstreamName } from '../../src/lib/upstream-name.ts';

test('a name is kept in lower case, because nginx compares it so', () => {
  for (const [text, name] of [
    ['app', 'app'],
    ['App_2', 'app_2'],
    ['0a.b-c', '0a.b-c'],
    ['a'.repeat(63), 'a'.repeat(63)],
  ])
    assert.deepEqual(parseUpstreamName(text ?? ''), { ok: true, value: name });
});

test('what nginx could read as something else is refused', () => {
  const refused = [
    '',
    'a'.repeat(64),
    '-a',
    '.a',
    'a b',
    'a;',
    'a{',
    'a$b',
    'a/b',
    '198.18.0.1',
    '80',
    'unix',
    'LocalHost',
    'ä',
  ];
  for (const text of [...refused, 'a\n', 'a"', "a'"])
    assert.equal(parseUpstreamName(text).ok, false, JSON.stringify(text));
});
