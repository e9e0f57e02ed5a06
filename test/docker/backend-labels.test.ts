/** The grammar of a backend's labels. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readBackendLabels } from '../../src/docker/backend-labels.ts';
import { nearest } from '../../src/lib/nearest.ts';

const read = (labels: Record<string, string>) => readBackendLabels(labels, nearest);
const problemsOf = (labels: Record<string, string>) => {
  const { problems, memberships } = read(labels);
  return [...problems, ...memberships.flatMap(membership => membership.problems)];
};

describe('backend labels', () => {
  it('reads every label', () => {
    const { enable, memberships, problems, warnings } = read({
      'locum.enable': 'true',
      'locum.upstream': 'App',
      'locum.port': '8080',
      'locum.network': 'pair_front',
      'locum.weight': '5',
      'locum.backup': 'false',
      'locum.max-fails': '0',
      'locum.fail-timeout': '10s',
      'locum.max-conns': '100',
      'com.docker.compose.service': 'app',
    });
    assert.deepEqual([problems, warnings], [[], []]);
    const server = { weight: 5, backup: false, 'max-fails': 0, 'fail-timeout': 10, 'max-conns': 100 };
    const labels = { port: 8080, network: 'pair_front', server };
    assert.equal(enable, true);
    assert.deepEqual(memberships, [{ upstream: 'app', labels, problems: [] }]);
  });

  const BAD: readonly [label: string, values: readonly string[]][] = [
    ['locum.enable', ['', 'yes', 'TRUE', '1']],
    [
      'locum.upstream',
      ['', 'a b', 'a;', 'a{', '127.0.0.1', 'unix', 'localhost', '-a', 'ä', 'a'.repeat(64), 'a\n}'],
    ],
    ['locum.port', ['', '0', '65536', '80a', '-1', '1e3', '0x50', '80;', ' 8 0', '99999999999']],
    ['locum.network', ['', 'a b', 'a;b', '-a']],
    ['locum.weight', ['0', '-1', '1.5', '65536', 'heavy', '1; server evil']],
    ['locum.backup', ['backup', '']],
    ['locum.max-fails', ['-1', '1000001', '']],
    ['locum.fail-timeout', ['10', '500ms', '1.5s', '-1s', '25h', '10s; }']],
    ['locum.max-conns', ['many', '1000001']],
  ];
  for (const [label, values] of BAD) {
    it(`refuses a malformed ${label}, naming label and value`, () => {
      for (const value of values) {
        const problems = problemsOf({ 'com.docker.compose.service': 'app', [label]: value });
        assert.equal(problems.length, 1, JSON.stringify(value));
        assert.ok(problems[0]?.startsWith(`label ${label}=`), problems[0]);
      }
    });
  }

  it('warns of an unknown label with the nearest name', () => {
    assert.deepEqual(read({ 'locum.prot': '80', 'locum.max_fails': '1', 'locum.colour': 'red' }).warnings, [
      'unknown label "locum.colour"',
      'unknown label "locum.max_fails"; did you mean locum.max-fails?',
      'unknown label "locum.prot"; did you mean locum.port?',
    ]);
  });

  it('keeps hostile values out of its settings, and its messages on one bounded line', () => {
    const keys = ['upstream', 'port', 'network', 'weight', 'fail-timeout', 'max-conns'].map(
      key => `locum.${key}`,
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...keys), fc.string({ unit: 'binary', maxLength: 300 })),
        labels => {
          for (const { upstream, labels: own } of read(labels).memberships) {
            for (const text of [upstream, own.network])
              assert.ok(text === undefined || /^[\w.-]+$/.test(text));
          }
          for (const problem of problemsOf(labels))
            assert.ok(problem.length < 600 && !problem.includes('\n'), problem);
        },
      ),
    );
  });

  it('reads several upstreams, each with what is said of it alone', () => {
    const { memberships, warnings } = read({
      'locum.upstream': 'app, shop',
      'locum.port': '8080',
      'locum.upstream.API.port': '9000',
      'locum.upstream.shop.weight': '3',
    });
    assert.deepEqual(
      memberships.map(({ upstream, labels }) => [upstream, labels.port, labels.server.weight]),
      [
        ['api', 9000, undefined],
        ['app', 8080, undefined],
        ['shop', 8080, 3],
      ],
    );
    assert.deepEqual(warnings, []);
  });

  it('leaves a container out of the one upstream that its wrong value is about', () => {
    const { memberships } = read({ 'locum.upstream': 'app', 'locum.upstream.api.port': 'http' });
    assert.deepEqual(
      memberships.map(({ upstream, problems }) => [upstream, problems]),
      [
        ['api', ['label locum.upstream.api.port="http": must be 1 to 65535']],
        ['app', []],
      ],
    );
  });

  it('reads what is said of an upstream as a whole, and warns of what it cannot read', () => {
    const { options, warnings, memberships } = read({
      'locum.upstream': 'app',
      'locum.upstream.app.balance': 'hash',
      'locum.upstream.app.hash-key': 'cookie_session',
      'locum.upstream.app.keepalive': '16',
      'locum.upstream.app.zone': '1m',
      'locum.upstream.app.hold': 'for ever',
      'locum.upstream.app.balanse': 'ip_hash',
    });
    assert.deepEqual(
      [...options],
      [['app', { balance: 'hash', 'hash-key': 'cookie_session', keepalive: 16, zone: 1024 }]],
    );
    assert.deepEqual(warnings, [
      'label locum.upstream.app.hold="for ever": must be a time of at most an hour, such as 30s, or 0s',
      'unknown label "locum.upstream.app.balanse"; did you mean locum.upstream.app.balance?',
    ]);
    assert.deepEqual(
      memberships.map(({ problems }) => problems),
      [[]],
    );
  });

  it('reads a bounded number of labels about upstreams, and says how many there are', () => {
    const labels = Array.from({ length: 1_000 }, (_, i) => [`locum.upstream.u${i + 1_000}.port`, '80']);
    const { memberships, warnings } = read({ ...Object.fromEntries(labels), 'locum.weight': '3' });
    assert.equal(memberships.length, 256);
    assert.equal(memberships.at(-1)?.upstream, 'u1255');
    assert.equal(memberships.at(-1)?.labels.server.weight, 3, 'what is said of every upstream counts');
    assert.deepEqual(warnings, [
      'has 1001 labels of Locum; of those about upstreams the first 256 by name are read',
    ]);
    const list = Array.from({ length: 1_000 }, (_, i) => `u${i}`).join();
    const listed = read({ 'locum.upstream': list });
    assert.equal(listed.memberships.length, 256);
    assert.match(listed.problems.join(), /^label locum.upstream="u0,.*…": its first 256 names are read$/);
  });

  it('tells a bounded number of bounded warnings and problems', () => {
    const many = Array.from({ length: 100 }, (_, i) => [`locum.${'x'.repeat(10_000)}${i + 100}`, '']);
    const { warnings } = read(Object.fromEntries(many));
    assert.equal(warnings.length, 65);
    assert.equal(warnings.at(-1), 'and 36 more');
    const { problems } = read({ 'locum.upstream': ';,'.repeat(50_000) });
    assert.deepEqual([problems.length, problems.at(-1)], [9, 'and 249 more']);
    const [service = ''] = read({ 'com.docker.compose.service': ';'.repeat(10_000) }).problems;
    for (const text of [...warnings, ...problems, service]) assert.ok(text.length < 200, text);
  });

  it('compares nothing that is longer than any name with the names', () => {
    const compared: string[] = [];
    const watching = (name: string) => {
      compared.push(name);
      return undefined;
    };
    readBackendLabels({ [`locum.${'x'.repeat(100_000)}`]: '', 'locum.prot': '' }, watching);
    assert.deepEqual(compared, ['locum.prot']);
  });

  it('refuses a variable that some nginx has not, whatever it is called', () => {
    for (const key of [
      '$request_uri',
      'geoip_city',
      'request_uri; }',
      'cookie_',
      'http_X',
      'a'.repeat(100),
    ]) {
      const { options, warnings } = read({ 'locum.upstream.app.hash-key': key });
      assert.deepEqual([...options.values()], [{}], key);
      assert.equal(warnings.length, 1, key);
    }
  });
});
