/** The bytes of the file: exact for known upstreams, within the grammar for any. What a real nginx says of them is tested beside it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { joinUpstreams } from '../../src/app/upstreams-plan.ts';
import { planBackends } from '../../src/docker/backends.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { nearest } from '../../src/lib/nearest.ts';
import type { Server, Upstream } from '../../src/lib/upstream.ts';
import { OPTION_GRAMMAR, upstreamOptions } from '../../src/lib/upstream-grammar.ts';
import type { UpstreamName } from '../../src/lib/upstream-name.ts';
import { render, renderedNames } from '../../src/nginx/render.ts';
import { snapshotOf } from '../support/containers.ts';
import { anyContainers } from '../support/hostile-labels.ts';

const server = (origin: string, parts: Partial<Server> = {}): Server => ({
  origin,
  address: '198.18.0.2' as IpAddress,
  port: 8080,
  weight: undefined,
  backup: false,
  maxFails: undefined,
  failTimeoutSeconds: undefined,
  maxConns: undefined,
  ...parts,
});

const upstream = (name: string, servers: readonly Server[], leftOut: Upstream['leftOut'] = []): Upstream => ({
  name: name as UpstreamName,
  options: upstreamOptions({}),
  servers,
  leftOut,
});

describe('render', () => {
  it('writes every parameter in nginx words, and why a container is left out', () => {
    const full = server('app-1', { weight: 5, maxConns: 100, maxFails: 0, failTimeoutSeconds: 10 });
    const file = render([
      upstream(
        'app',
        [full, server('app-2', { backup: true })],
        [{ container: 'app-3', reason: 'unhealthy', fix: '' }],
      ),
    ]);
    assert.equal(
      file,
      `# Written by Locum from container labels; changes made here are lost.

upstream app {
    zone locum_app 128k;
    server 198.18.0.2:8080 weight=5 max_conns=100 max_fails=0 fail_timeout=10s; # app-1
    server 198.18.0.2:8080 backup; # app-2
    # left out: app-3: unhealthy
}
`,
    );
  });

  it('puts a server that is down into an empty upstream, and before backups alone', () => {
    const placeholder = 'server 127.0.0.1:1 down;';
    assert.ok(render([upstream('app', [])]).includes(placeholder));
    assert.ok(render([upstream('app', [server('a', { backup: true })])]).includes(placeholder));
    assert.equal(render([upstream('app', [server('a')])]).includes(placeholder), false);
  });

  it('asks for the zone that was wanted, and never for one that its servers do not fit in', () => {
    const zoneOf = (wanted: string, servers: number) => {
      const options = upstreamOptions({ zone: OPTION_GRAMMAR.zone.parse(wanted) });
      const all = Array.from({ length: servers }, (_, at) => server(`app-${at}`));
      return /zone locum_app (\d+k);/.exec(render([{ ...upstream('app', all), options }]))?.[1];
    };
    assert.deepEqual([zoneOf('1m', 2), zoneOf('1m', 1_000)], ['1024k', '2112k']);
    assert.deepEqual([zoneOf('32k', 0), zoneOf('32k', 17), zoneOf('32k', 80)], ['128k', '128k', '256k']);
  });

  it('is a comment alone when there is no upstream', () => {
    assert.match(render([]), /^# [^\n]*\n$/);
  });

  it('keeps what a reason quotes inside of its comment', () => {
    const file = render([
      upstream('app', [], [{ container: 'x', reason: 'label="\n}\nserver 198.18.9.9;\n', fix: '' }]),
    ]);
    assert.ok(file.includes('# left out: x: label="?}?server 198.18.9.9;?\n'));
  });

  const DIRECTIVE =
    /^ {4}(?:zone locum_[a-z0-9._-]+ \d+k;|least_conn;|ip_hash;|hash \$[a-z0-9_]+ consistent;|random two least_conn;|keepalive \d+;|server 127\.0\.0\.1:1 down;|server \d+\.\d+\.\d+\.\d+:\d+(?: weight=\d+)?(?: max_conns=\d+)?(?: max_fails=\d+)?(?: fail_timeout=\d+s)?(?: backup)?; # [\x20-\x7e]*|# [\x20-\x7e]*)$/;

  it('stays within a grammar of few lines, whatever the labels say', () => {
    fc.assert(
      fc.property(anyContainers, containers => {
        const plan = planBackends(
          snapshotOf(...containers),
          { excluded: new Set(), networks: undefined },
          nearest,
        );
        const file = render(joinUpstreams(plan, []));
        for (const line of file.split('\n').slice(1)) {
          assert.ok(
            line === '' || line === '}' || /^upstream [a-z0-9._-]+ \{$/.test(line) || DIRECTIVE.test(line),
            line,
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives equal bytes for equal states', () => {
    fc.assert(
      fc.property(anyContainers, containers => {
        const scope = { excluded: new Set<string>(), networks: undefined };
        const bytes = () =>
          render(joinUpstreams(planBackends(snapshotOf(...containers), scope, nearest), []));
        assert.equal(bytes(), bytes());
      }),
    );
  });

  it('can be asked for the names that it wrote', () => {
    const file = render([upstream('api', []), upstream('shop.example', [server('a')])]);
    assert.deepEqual(renderedNames(file), ['api', 'shop.example']);
    assert.deepEqual(renderedNames('upstream A;b {\n# upstream x {\n  upstream y {\n'), []);
  });
});

describe('joining with the names rendered before', () => {
  it('keeps a name whose containers are all gone, empty', () => {
    const nothing = { upstreams: [], leftOut: [], unasked: [], warnings: [] };
    assert.deepEqual(joinUpstreams(nothing, ['app' as UpstreamName, 'app' as UpstreamName]), [
      upstream('app', []),
    ]);
  });

  it('keeps a bounded number of them', () => {
    const names = Array.from({ length: 1_000 }, (_, at) => `app-${at}` as UpstreamName);
    assert.equal(joinUpstreams({ upstreams: [], leftOut: [], unasked: [], warnings: [] }, names).length, 256);
  });
});
