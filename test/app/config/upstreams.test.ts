/** What the configuration says of discovery and of upstreams, in all three spellings. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configOf, load, SMALLEST } from './support.ts';

describe('upstreams of the configuration', () => {
  it('are read from the file, with their servers in the order of their names', () => {
    const { upstream } = configOf({
      environment: SMALLEST,
      yaml: `
upstream:
  app:
    balance: hash
    hash-key: cookie_session
    keepalive: 16
    zone: 1m
    hold: 30s
    server:
      old: {address: "198.18.9.9:80", weight: 2}
      new: {address: "backend.example:8080", backup: true, max-fails: 0, fail-timeout: 5s, max-conns: 9}
`,
    });
    assert.deepEqual(
      [...upstream],
      [
        [
          'app',
          {
            options: {
              balance: 'hash',
              'hash-key': 'cookie_session',
              keepalive: 16,
              zone: 1024,
              hold: 30_000_000,
            },
            servers: [
              {
                name: 'new',
                address: { host: 'backend.example', port: 8080 },
                parameters: { backup: true, 'max-fails': 0, 'fail-timeout': 5, 'max-conns': 9 },
              },
              { name: 'old', address: { host: '198.18.9.9', port: 80 }, parameters: { weight: 2 } },
            ],
          },
        ],
      ],
    );
  });

  it('are read from labels of the proxy and from the environment', () => {
    const { upstream, discovery } = configOf({
      environment: { ...SMALLEST, LOCUM_UPSTREAM__APP__KEEPALIVE: '8', LOCUM_DISCOVERY__STARTING: 'true' },
      labels: {
        'locum.upstream.app.balance': 'least_conn',
        'locum.discovery.projects': 'shop, blog',
        'locum.upstream': 'what-a-backend-says',
      },
    });
    assert.deepEqual(
      [...upstream],
      [['app', { options: { balance: 'least_conn', keepalive: 8 }, servers: [] }]],
    );
    assert.deepEqual(discovery, { projects: ['blog', 'shop'], starting: true });
  });

  it('are refused with their path, the nearest name and what is right', () => {
    const { problems } = load({
      environment: SMALLEST,
      yaml: `
discovery: {projects: "Shop!"}
upstream:
  "a b": {balance: hash}
  app: {balanse: hash, balance: leastconn, zone: 8k, server: {old: {address: "198.18.9.9"}}}
`,
    });
    const lines = problems.map(({ path, what, fix }) => `${path}: ${what}; ${fix}`);
    for (const expected of [
      /discovery\.projects: must be names of compose projects/,
      /upstream\.a b.*not the name of an upstream/,
      /upstream\.app\.balanse.*did you mean upstream\.app\.balance/,
      /upstream\.app\.balance: must be round_robin or .*did you mean least_conn/,
      /upstream\.app\.zone: must be from 32k to 64m/,
      /upstream\.app\.server\.old\.address: must be HOST:PORT/,
    ])
      assert.ok(
        lines.some(line => expected.test(line)),
        `${expected}\n${lines.join('\n')}`,
      );
  });
});

describe('engines of other hosts', () => {
  const given = (engine: string) =>
    load({ environment: SMALLEST, yaml: `docker: {engine: {far: ${engine}}}` });

  it('are read with what they ask for; the address is that of the host unless said otherwise', () => {
    const { config } = given(
      '{host: "tcp://198.18.51.12:2376", tls-ca: /ca.pem, tls-cert: /cert.pem, tls-key: /key.pem}',
    );
    assert.deepEqual(config?.docker.engines, [
      {
        name: 'far',
        host: 'tcp://198.18.51.12:2376',
        address: '198.18.51.12',
        keep: 600_000_000,
        tls: { ca: '/ca.pem', identity: { cert: '/cert.pem', key: '/key.pem' } },
        ssh: undefined,
      },
    ]);
  });

  it('are refused when something is missing', () => {
    const missing: readonly (readonly [engine: string, path: string])[] = [
      ['{host: "tcp://far.example:2376"}', 'docker.engine.far.address'],
      ['{host: "ssh://locum@198.18.51.12", ssh-key: /id}', 'docker.engine.far.ssh-fingerprint'],
      ['{host: "tcp://198.18.51.12:2376", tls-ca: /ca, tls-cert: /cert}', 'docker.engine.far.tls-key'],
      ['{host: "tcp://198.18.51.12:2376", tls-cert: /cert, tls-key: /key}', 'docker.engine.far.tls-ca'],
      ['{host: "http://198.18.51.12"}', 'docker.engine.far.host'],
    ];
    for (const [engine, path] of missing)
      assert.deepEqual(
        given(engine).problems.map(problem => problem.path),
        [path],
        engine,
      );
  });
});
