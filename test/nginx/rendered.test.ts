/** Servers read back from a rendered file: all of them as they were, and nothing that the grammar would not have let in. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { Server, Upstream } from '../../src/lib/upstream.ts';
import { upstreamOptions } from '../../src/lib/upstream-grammar.ts';
import type { UpstreamName } from '../../src/lib/upstream-name.ts';
import { quoteComment } from '../../src/nginx/quote.ts';
import { render } from '../../src/nginx/render.ts';
import { renderedServers } from '../../src/nginx/rendered.ts';

const orNone = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const SHAPE = {
  origin: fc.string({ unit: 'grapheme', maxLength: 300 }).map(quoteComment),
  address: fc.nat(0x1_ffff).map(n => `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}` as IpAddress),
  port: fc.integer({ min: 1, max: 65_535 }),
  weight: orNone(fc.integer({ min: 1, max: 65_535 })),
  backup: fc.boolean(),
  maxFails: orNone(fc.nat(1_000_000)),
  failTimeoutSeconds: orNone(fc.nat(86_400)),
  maxConns: orNone(fc.nat(1_000_000)),
};
const anyServer: fc.Arbitrary<Server> = fc.record(SHAPE, { noNullPrototype: true });

const upstream = (name: string, servers: readonly Server[]): Upstream => ({
  name: name as UpstreamName,
  options: upstreamOptions({}),
  servers,
  leftOut: [{ container: 'out', reason: 'server 198.18.0.9:80; # no', fix: '' }],
});

describe('rendered servers', () => {
  it('are read back as they were', () => {
    fc.assert(
      fc.property(fc.array(anyServer, { maxLength: 5 }), fc.array(anyServer, { maxLength: 5 }), (a, b) => {
        const file = render([upstream('app', a), upstream('none', []), upstream('shop', b)]);
        assert.deepEqual(renderedServers(file), [
          ...a.map(server => ({ upstream: 'app', server })),
          ...b.map(server => ({ upstream: 'shop', server })),
        ]);
      }),
    );
  });

  for (const line of [
    'server 198.18.0.1:80; evil; # a',
    'server 198.18.0.1:0; # a',
    'server 198.18.0.1:65536; # a',
    'server 198.18.0.300:80; # a',
    'server 198.18.0.1:80 weight=0; # a',
    'server 198.18.0.1:80 weight=1;} # a',
    'server 198.18.0.1:80 constructor=1; # a',
    'server 198.18.0.1:80 backup=maybe; # a',
    'server unix:/run/sock; # a',
  ])
    it(`are not: ${line}`, () => {
      assert.deepEqual(renderedServers(`upstream app {\n    ${line}\n}\n`), []);
    });

  it('are none outside of an upstream, or in one with another kind of name', () => {
    assert.deepEqual(renderedServers('    server 198.18.0.1:80; # a\n'), []);
    assert.deepEqual(renderedServers('upstream a;b {\n    server 198.18.0.1:80; # a\n}\n'), []);
  });
});
