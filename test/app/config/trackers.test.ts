/** The settings of every type of tracker: one good spelling, its defaults, and what is refused with its path. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrackerConfig } from '../../../src/app/config/config.ts';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const ROUTER = 'vrid: 51\nvip: 198.18.51.100/24\n';
const yaml = (tracker: string) => ({ yaml: `${ROUTER}track:\n  it: ${tracker}\n` });
const target = (tracker: string): Partial<TrackerConfig> => {
  const it = configOf(yaml(tracker)).track['it'];
  assert.ok(it !== undefined);
  const { weight: _w, reverse: _r, interval: _i, timeout: _t, rise: _rise, fall: _f, ...rest } = it;
  return rest;
};
const refusal = (tracker: string, setting: string) =>
  onlyProblem(load(yaml(tracker)).problems, `track.it.${setting}`);

describe('every type of tracker', () => {
  const types: readonly (readonly [yaml: string, target: object])[] = [
    ['{type: process, name: nginx, quorum: 3}', { type: 'process', name: 'nginx', quorum: 3 }],
    [
      '{type: docker}',
      {
        type: 'docker',
        container: undefined,
        failOn: ['stopped', 'restarting', 'paused', 'starting', 'unhealthy'],
      },
    ],
    [
      '{type: docker, container: web, fail-on: [oom, stopped]}',
      { type: 'docker', container: 'web', failOn: ['stopped', 'oom'] },
    ],
    [
      '{type: http, url: "https://www.example.com/", connect: "198.18.51.100:443", method: GET, contains: "it works", headers: ["Host: www.example.com", "X-Check: 1"], tls-verify: false, tls-ca: /etc/ca.pem, tls-name: www.example.com}',
      {
        type: 'http',
        url: 'https://www.example.com/',
        connect: { host: '198.18.51.100', port: 443 },
        method: 'GET',
        status: [200, 399],
        contains: 'it works',
        headers: { host: 'www.example.com', 'x-check': '1' },
        tls: { verify: false, ca: '/etc/ca.pem', name: 'www.example.com' },
      },
    ],
    ['{type: tcp, address: "db-1:5432"}', { type: 'tcp', address: { host: 'db-1', port: 5432 } }],
    ['{type: exec, command: [/bin/check, "a b"]}', { type: 'exec', command: ['/bin/check', 'a b'] }],
    ['{type: exec, command: /bin/check  --fast}', { type: 'exec', command: ['/bin/check', '--fast'] }],
    ['{type: interface, interface: eth1}', { type: 'interface', interface: 'eth1' }],
    ['{type: file, path: /run/locum/points}', { type: 'file', path: '/run/locum/points' }],
    ['{type: ping, address: 198.18.51.1}', { type: 'ping', address: '198.18.51.1', count: 3, replies: 1 }],
    [
      '{type: nginx, url: "http://nginx/status", connect: "unix:///run/nginx.sock", max-connections: 900}',
      {
        type: 'nginx',
        url: 'http://nginx/status',
        connect: { socket: '/run/nginx.sock' },
        maxConnections: 900,
      },
    ],
    ['{type: upstreams}', { type: 'upstreams', upstream: undefined, minServers: 1, minSharePercent: 0 }],
    [
      '{type: upstreams, upstream: app, min-servers: 2, min-share: 50%}',
      { type: 'upstreams', upstream: 'app', minServers: 2, minSharePercent: 50 },
    ],
  ];
  for (const [text, expected] of types)
    it(`reads ${text.slice(0, 70)}`, () => assert.deepEqual(target(text), expected));

  it('can be reversed', () => {
    const { track } = configOf(yaml('{type: file, path: /x, weight: 10, reverse: true}'));
    assert.deepEqual([track['it']?.weight, track['it']?.reverse], [10, true]);
    assert.match(refusal('{type: file, path: /x, reverse: yes}', 'reverse').what, /true or false/);
  });

  it('refuses a timeout longer than its interval', () => {
    for (const type of [
      '{type: file, path: /x',
      '{type: tcp, address: "a:1"',
      '{type: ping, address: 198.18.0.1',
    ])
      assert.match(refusal(`${type}, timeout: 2s}`, 'timeout').what, /not be longer than the interval/);
  });

  it('is one of those that there are', () => {
    const problem = refusal('{type: pign}', 'type');
    assert.equal(problem.fix, 'did you mean ping?');
  });
});

describe('a tracker is refused with its path', () => {
  const refused: readonly (readonly [tracker: string, setting: string, what: RegExp])[] = [
    ['{type: process, name: nginx, quorum: 0}', 'quorum', /from 1 to 10000/],
    ['{type: docker, fail-on: [stoped]}', 'fail-on', /has "stoped"; each must be stopped or/],
    ['{type: docker, fail-on: []}', 'fail-on', /is empty/],
    ['{type: http, url: "http://"}', 'url', /http or https URL/],
    ['{type: http, url: "http://a/", connect: "198.18.0.1"}', 'connect', /HOST:PORT or unix/],
    ['{type: http, url: "http://a/", connect: "unix://run/x"}', 'connect', /HOST:PORT or unix/],
    ['{type: http, url: "http://a/", method: POST}', 'method', /GET or HEAD/],
    ['{type: http, url: "http://a/", method: HEAD, contains: x}', 'contains', /answer to HEAD has none/],
    ['{type: http, url: "http://a/", tls-ca: /ca.pem}', 'tls-ca', /for https/],
    ['{type: http, url: "http://a/", headers: ["x"]}', 'headers', /a line that is no header/],
    ['{type: http, url: "http://a/", headers: ["X-A: 1", "x-a: 2"]}', 'headers', /x-a twice/],
    ['{type: http, url: "http://a/", headers: ["Connection: x"]}', 'headers', /cannot set connection/],
    [
      '{type: http, url: "http://a/", headers: ["X-A: 1\\r\\nX-B: 2"]}',
      'headers',
      /a line that is no header/,
    ],
    ['{type: tcp, address: "db-1"}', 'address', /HOST:PORT/],
    ['{type: tcp, address: "db-1:0"}', 'address', /HOST:PORT/],
    ['{type: tcp, address: "db-1:65536"}', 'address', /HOST:PORT/],
    ['{type: exec, command: check}', 'command', /absolute path/],
    ['{type: exec, command: []}', 'command', /absolute path/],
    [`{type: exec, command: "/bin/sh -c 'exit 0'"}`, 'command', /only a shell understands/],
    ['{type: exec, command: "/bin/check | /bin/cat"}', 'command', /only a shell understands/],
    ['{type: file, path: points}', 'path', /absolute path/],
    ['{type: ping, address: gateway}', 'address', /IPv4 address/],
    ['{type: ping, address: 198.18.0.1, count: 2, replies: 3}', 'replies', /not be more than count/],
    ['{type: nginx, url: "http://a/", max-connections: 0}', 'max-connections', /from 1/],
    ['{type: upstreams, min-share: 101%}', 'min-share', /0% to 100%/],
    ['{type: upstreams, min-share: 50}', 'min-share', /0% to 100%/],
    ['{type: upstreams, upstream: "a;b"}', 'upstream', /must be 1 to 63/],
  ];
  for (const [tracker, setting, what] of refused)
    it(tracker, () => {
      const problem = refusal(tracker, setting);
      assert.match(problem.what, what);
      assert.match(problem.source, /locum\.yaml:4/);
      assert.ok(problem.fix.length > 0);
    });

  it('when it needs Docker, and Docker is off', () => {
    for (const type of ['docker', 'upstreams']) {
      const problem = onlyProblem(
        load({ yaml: `${ROUTER}docker: {enabled: false}\ntrack: {it: {type: ${type}}}\n` }).problems,
        'track.it.type',
      );
      assert.match(problem.what, /docker.enabled is false/);
      assert.match(problem.source, /locum\.yaml:4/);
    }
  });
});

describe('labels', () => {
  const labels = (more: Readonly<Record<string, string>>) =>
    load({ environment: SMALLEST, labels: { 'locum.track.it.type': 'exec', ...more } });

  it('say nothing of what runs here: they come with images too', () => {
    const problems = labels({ 'locum.track.it.command': '/bin/sh' }).problems;
    const [first] = problems;
    assert.match(first?.what ?? '', /cannot be a label: an image's label would run a program here/);
    assert.equal(first?.source, 'label locum.track.it.command on container web1');
  });

  it('may adjust what the file or the environment runs', () => {
    const environment = {
      ...SMALLEST,
      LOCUM_TRACK__IT__TYPE: 'exec',
      LOCUM_TRACK__IT__COMMAND: '/bin/true x',
    };
    const { track } = configOf({ environment, labels: { 'locum.track.it.weight': '-9' } });
    const it = track['it'];
    assert.deepEqual([it?.type === 'exec' && it.command, it?.weight], [['/bin/true', 'x'], -9]);
  });

  it('spell lists as one text', () => {
    const { track } = configOf({
      environment: SMALLEST,
      labels: {
        'locum.track.box.type': 'docker',
        'locum.track.box.fail-on': 'stopped, oom',
        'locum.track.page.type': 'http',
        'locum.track.page.url': 'http://127.0.0.1/',
        'locum.track.page.headers': 'Host: a, b',
      },
    });
    const { box, page } = track;
    assert.deepEqual(box?.type === 'docker' && box.failOn, ['stopped', 'oom']);
    assert.deepEqual(page?.type === 'http' && page.headers, { host: 'a, b' });
  });
});

describe('headers', () => {
  it('are in no problem and in no setting: they may hold a token', () => {
    for (const lines of [
      '["Authorization: geheim"]',
      '["geheim"]',
      '["X: geheim", "X: geheim"]',
      '{a: geheim}',
    ]) {
      const { problems, settings } = load(yaml(`{type: http, url: "http://a/", headers: ${lines}}`));
      assert.ok(!JSON.stringify([problems, settings]).includes('geheim'), lines);
    }
  });
});
