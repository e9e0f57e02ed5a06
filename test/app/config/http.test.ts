/** The section `http`: where the views are served over TCP, and to whose pages. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const given = (http: string) => ({ environment: SMALLEST, yaml: `http: ${http}` });
const problem = (http: string, path: string) => onlyProblem(load(given(http)).problems, path);

test('nothing is served over TCP unless it is asked for', () => {
  assert.deepEqual(configOf({ environment: SMALLEST }).http, {
    listen: undefined,
    peers: [],
    compatibleMetrics: false,
  });
});

describe('http.listen', () => {
  const addresses = [
    ['198.18.51.11:9112', '198.18.51.11', 9_112],
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['localhost:9112', '127.0.0.1', 9_112],
    ['[2001:DB8::11]:65535', '2001:db8::11', 65_535],
    ['[::]:1', '::', 1],
  ] as const;
  for (const [text, host, port] of addresses)
    test(`is an address and a port: ${text}`, () => {
      assert.deepEqual(configOf(given(`{listen: "${text}"}`)).http.listen, { host, port });
    });

  test('may be switched off, and set in the environment', () => {
    const off = { ...given('{listen: "198.18.51.11:9112"}') };
    const environment = { ...SMALLEST, LOCUM_HTTP__LISTEN: 'off' };
    assert.equal(configOf({ ...off, environment }).http.listen, undefined);
  });

  const wrong = [
    'on',
    '9112',
    ':9112',
    '198.18.51.11',
    '198.18.51.11:0',
    '198.18.51.11:65536',
    '198.18.51.11:http',
    'node-a:9112',
    '2001:db8::11:9112',
    '[198.18.51.11]:9112',
    'http://198.18.51.11:9112',
    '198.18.51.11/24:9112',
  ];
  for (const text of wrong)
    test(`is not ${text}`, () => {
      const { what, fix, source } = problem(`{listen: "${text}"}`, 'http.listen');
      assert.match(what, /^must be off, or an address of this host and a port/);
      assert.match(fix, /198\.18\.51\.11:9112/);
      assert.match(source, /locum\.yaml:1$/);
    });

  test('is no virtual address: a backup does not have it', () => {
    const { what, fix } = problem('{listen: "198.18.51.100:9112"}', 'http.listen');
    assert.match(what, /^198\.18\.51\.100 is a virtual address of .*, which this node has only as master$/);
    assert.match(fix, /this host's own address/);
  });
});

describe('http.peers', () => {
  test('are base URLs, as a list or as one text', () => {
    const peers = ['http://198.18.51.12:9112', 'https://lb-b.example.com/locum'];
    const list = '{peers: ["http://198.18.51.12:9112/", "HTTPS://LB-B.example.com:443/locum//"]}';
    assert.deepEqual(configOf(given(list)).http.peers, peers);
    const environment = { ...SMALLEST, LOCUM_HTTP__PEERS: peers.join(', ') };
    assert.deepEqual(configOf({ environment }).http.peers, peers);
  });

  const wrong = [
    ['198.18.51.12:9112', /is no http or https URL/],
    ['ftp://198.18.51.12', /is no http or https URL/],
    ['http://', /is no http or https URL/],
    ['http://a b/', /is no http or https URL/],
    ['http://host/?x=1', /has more than a path/],
    ['http://host/#x', /has more than a path/],
    ['http://host,http://host/', /has http:\/\/host twice/],
    [Array.from({ length: 17 }, (_, at) => `http://host-${at}`).join(','), /has 17 URLs/],
  ] as const;
  for (const [text, expected] of wrong)
    test(`are not ${text.slice(0, 40)}`, () => {
      assert.match(problem(`{peers: "${text}"}`, 'http.peers').what, expected);
    });

  test('hold no login, and show none', () => {
    const { problems, settings } = load(given('{peers: "http://admin:geheim@198.18.51.12:9112"}'));
    const { what } = onlyProblem(problems, 'http.peers');
    assert.match(what, /must not hold a user name or password/);
    assert.ok(!JSON.stringify([problems, settings]).includes('geheim'));
  });
});

test('metrics are compatible when they are asked to be', () => {
  assert.equal(configOf(given('{compatible-metrics: true}')).http.compatibleMetrics, true);
  problem('{compatible-metrics: yes}', 'http.compatible-metrics');
});

test('a label cannot open a port or say who reads here', () => {
  const labels = { 'locum.http.listen': '0.0.0.0:9112', 'locum.http.peers': 'http://evil.example.org' };
  const { problems } = load({ environment: SMALLEST, labels });
  assert.deepEqual(
    problems.map(({ path, severity }) => `${severity} ${path}`),
    ['error http.listen', 'error http.peers'],
  );
});

test('a name that is nearly right is recognised', () => {
  assert.match(problem('{peer: "http://host"}', 'http.peer').fix, /peers/);
});
