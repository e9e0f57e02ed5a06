/** The grammar of a backend's labels. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isBackend, isProxy, readBackendLabels } from '../../src/docker/labels.ts';
import { nearest } from '../../src/lib/nearest.ts';

const read = (labels: Record<string, string>) => readBackendLabels(labels, nearest);

describe('backend labels', () => {
  it('reads every label', () => {
    const { settings, problems, warnings } = read({
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
    assert.deepEqual(settings, {
      enable: true,
      upstream: 'app',
      port: 8080,
      network: 'pair_front',
      weight: 5,
      backup: false,
      maxFails: 0,
      failTimeoutSeconds: 10,
      maxConns: 100,
    });
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
        const { problems } = read({ [label]: value });
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
          const { settings, problems } = read(labels);
          for (const text of [settings.upstream, settings.network]) {
            assert.ok(text === undefined || /^[\w.-]+$/.test(text));
          }
          for (const problem of problems) assert.ok(problem.length < 600 && !problem.includes('\n'), problem);
        },
      ),
    );
  });
});

describe('who is a backend', () => {
  it('is one that names an upstream or a port, or is enabled', () => {
    assert.equal(isBackend({ 'locum.upstream': 'app' }), true);
    assert.equal(isBackend({ 'locum.port': '80' }), true);
    assert.equal(isBackend({ 'locum.enable': 'true' }), true);
    assert.equal(isBackend({ 'locum.enable': 'false' }), false);
    assert.equal(isBackend({ 'locum.weight': '3' }), false);
    assert.equal(isBackend({}), false);
  });

  it('is no proxy that is merely enabled, of this node or another', () => {
    const proxy = { 'locum.enable': 'true', 'locum.vip': '198.18.51.100/24' };
    assert.equal(isProxy(proxy), true);
    assert.equal(isBackend(proxy), false);
    assert.equal(isBackend({ ...proxy, 'locum.port': '80' }), true, 'said outright');
    assert.equal(isProxy({ 'locum.track.nginx.type': 'process' }), true);
    assert.equal(isProxy({ 'locum.port': '80' }), false);
  });

  it('is never our own image', () => {
    assert.equal(isBackend({ 'locum.role': 'sidecar', 'locum.port': '80' }), false);
  });
});
