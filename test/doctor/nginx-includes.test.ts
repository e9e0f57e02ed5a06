/** Reading the include directives of an nginx configuration. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { includesOf, mainFileOf, takesName } from '../../src/doctor/nginx-includes.ts';

describe('include directives', () => {
  test('are found wherever a directive may stand, quoted or not', () => {
    const text = `
      include /etc/nginx/mime.types;
      http { include "conf.d/*.conf"; include 'a b.conf' ; server {include x.conf;} }`;
    assert.deepEqual(includesOf(text), ['/etc/nginx/mime.types', 'conf.d/*.conf', 'a b.conf', 'x.conf']);
  });

  test('in comments, and words that only look like it, are none', () => {
    assert.deepEqual(includesOf('# include a;\nlisten 80; # include b;\n  set $include c;\nincluded d;'), []);
  });

  test('are bounded in number', () => {
    assert.equal(includesOf('include a;\n'.repeat(1_000), 10).length, 10);
  });
});

describe('a pattern', () => {
  const cases: [pattern: string, name: string, takes: boolean][] = [
    ['*.conf', 'upstreams.conf', true],
    ['*.conf', 'upstreams.conf.new', false],
    ['*.conf', '.upstreams.conf.new', false],
    ['*', '.hidden', false],
    ['.*', '.hidden', true],
    ['upstreams.conf', 'upstreams.conf', true],
    ['upstreams.conf', 'upstreamsxconf', false],
    ['upstreams.conf*', 'upstreams.conf', true],
    ['[a-u]*.conf', 'upstreams.conf', true],
    ['[!u]*.conf', 'upstreams.conf', false],
    ['upstream?.conf', 'upstreams.conf', true],
    ['(a+)+$', 'aaaa', false],
    ['[', 'a', false],
  ];
  for (const [pattern, name, takes] of cases)
    test(`${pattern} ${takes ? 'takes' : 'does not take'} ${name}`, () =>
      assert.equal(takesName(pattern, name), takes));
});

describe("the main file, from the master's title", () => {
  test('is what it was told on its command line', () => {
    assert.deepEqual(mainFileOf('nginx: master process nginx -p /srv -c /srv/nginx.conf -e x'), {
      prefix: '/srv',
      file: '/srv/nginx.conf',
    });
  });

  test('is left open otherwise', () => {
    assert.deepEqual(mainFileOf('nginx: master process nginx -g daemon off;'), {
      prefix: undefined,
      file: undefined,
    });
  });
});
