/** What nginx's error log says of a refusal, and what of the file is left out for it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { Upstream } from '../../src/lib/upstream.ts';
import { serverParameters, upstreamOptions } from '../../src/lib/upstream-grammar.ts';
import type { UpstreamName } from '../../src/lib/upstream-name.ts';
import { culpritOf, readRefusal, tellBarred, withoutBarred } from '../../src/nginx/refusal.ts';
import { render, serverLine } from '../../src/nginx/render.ts';

const upstream = (name: string, ...origins: string[]): Upstream => ({
  name: name as UpstreamName,
  options: upstreamOptions({}),
  servers: origins.map((origin, i) => ({
    origin,
    address: `198.18.0.${i + 2}` as IpAddress,
    port: 80,
    ...serverParameters({}),
  })),
  leftOut: [],
});
const UPSTREAMS = [upstream('api', 'api-1'), upstream('shop', 'shop-1', 'shop-2')];
const FILE = '/etc/nginx/locum/upstreams.conf';
const BYTES = render(UPSTREAMS);
const lineOf = (text: string): number => BYTES.split('\n').findIndex(line => line.includes(text)) + 1;

const log = (text: string): string => `2026/11/22 11:00:00 [notice] 1#1: signal 1 (SIGHUP) received
2026/11/22 11:00:00 [notice] 1#1: reconfiguring
2026/11/22 11:00:00 [emerg] 1#1: ${text}
`;

describe('a refusal', () => {
  it('is the last [emerg] line, with its place', () => {
    const older = log('old in /a.conf:1');
    assert.deepEqual(readRefusal(older + log(`duplicate upstream "shop" in ${FILE}:9`)), {
      message: 'duplicate upstream "shop"',
      place: { file: FILE, line: 9 },
    });
    assert.deepEqual(readRefusal('nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address in use)'), {
      message: 'bind() to 0.0.0.0:80 failed (98: Address in use)',
      place: undefined,
    });
    assert.equal(readRefusal('2026/11/22 11:00:00 [notice] 1#1: reconfiguring\n'), undefined);
  });

  it('is of the server at its line, or of the upstream that the line opens', () => {
    const at = (line: number) =>
      culpritOf({ message: 'm', place: { file: `/other${FILE}`, line } }, FILE, BYTES);
    assert.deepEqual(at(lineOf('# shop-2')), { upstream: 'shop', server: '198.18.0.3:80' });
    assert.deepEqual(at(lineOf('upstream shop')), { upstream: 'shop', server: undefined });
    assert.deepEqual(at(lineOf('zone locum_api')), { upstream: 'api', server: undefined });
    assert.equal(at(1), undefined, 'nothing stands there');
    assert.equal(at(100_000)?.upstream, 'shop', 'a block that is not closed is told at the end');
  });

  it('of another file is ours only for an upstream that both have', () => {
    const place = { file: '/etc/nginx/conf.d/site.conf', line: 3 };
    const of = (message: string) => culpritOf({ message, place }, FILE, BYTES);
    assert.deepEqual(of('duplicate upstream "shop"'), { upstream: 'shop', server: undefined });
    assert.equal(of('duplicate upstream "blog"'), undefined);
    assert.equal(of('unknown directive "servr"'), undefined);
  });

  it('is of an upstream whose servers do not fit in its zone, which nginx calls critical alone', () => {
    const said = (zone: string) =>
      `2026/11/22 11:00:00 [crit] 1#1: ngx_slab_alloc() failed: no memory in upstream zone "${zone}"\n`;
    const culprit = (zone: string) => {
      const refusal = readRefusal(said(zone));
      return refusal && culpritOf(refusal, FILE, BYTES);
    };
    assert.deepEqual(culprit('locum_shop'), { upstream: 'shop', server: undefined });
    assert.deepEqual([culprit('locum_blog'), culprit('shop')], [undefined, undefined]);
    assert.equal(readRefusal('2026/11/22 11:00:00 [crit] 7#7: *1 connect() failed\n'), undefined);
  });

  it('is never what a client wrote into a line of the log', () => {
    const line = (referrer: string) =>
      `2026/11/22 11:00:00 [error] 7#7: *1 open() failed, client: 198.18.0.9, referrer: "${referrer}"`;
    const place = ` in /x/upstreams.conf:${lineOf('# shop-2')}`;
    const pad = (begin: string, length: number) => begin + 'x'.repeat(length - begin.length) + place;
    const forged = [
      `[emerg] 1#1: no${place}`,
      pad('[emerg] 1#1: ', 1_000 + '[emerg] 1#1: '.length - place.length),
      pad('[emerg] ', 1_000 + '[emerg] '.length - place.length),
      ...['\r', '\u2028', '\u2029'].map(end => `${end}2026/11/22 11:00:00 [emerg] 1#1: no${place}`),
    ];
    for (const text of forged) {
      assert.equal(readRefusal(line(text)), undefined, text);
      assert.equal(readRefusal(`${log('real')}${line(text)}\n`)?.message, 'real', text);
    }
    assert.equal(readRefusal(log('y'.repeat(3_000))), undefined, 'longer than nginx writes: cut by somebody');
  });

  it('blames something that was rendered or nothing, whatever a log holds', () => {
    const anyLog = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .tuple(fc.constantFrom('x', 'duplicate upstream "shop"', 'duplicate upstream "b"'), fc.nat(30))
        .map(([text, line]) => log(`${text} in ${FILE}:${line}`)),
      fc.constantFrom('api', 'shop', 'a"b', '').map(name => `nginx: [emerg] duplicate upstream "${name}"`),
    );
    fc.assert(
      fc.property(fc.array(anyLog, { maxLength: 3 }), logs => {
        const refusal = readRefusal(logs.join('\n'));
        const culprit = refusal && culpritOf(refusal, FILE, BYTES);
        if (culprit === undefined) return;
        const rendered = UPSTREAMS.find(({ name }) => name === culprit.upstream);
        assert.ok(rendered !== undefined, culprit.upstream);
        const lines = rendered.servers.map(serverLine);
        assert.ok(culprit.server === undefined || lines.includes(culprit.server), culprit.server);
      }),
    );
  });
});

describe('what is barred', () => {
  const message = 'it does not like it';
  const shop = 'shop' as UpstreamName;

  it('is one server: the others stay', () => {
    const barred = [{ upstream: shop, server: '198.18.0.3:80', message }];
    const rest = withoutBarred(UPSTREAMS, barred);
    assert.deepEqual(
      rest[1]?.servers.map(({ origin }) => origin),
      ['shop-1'],
    );
    assert.deepEqual(
      tellBarred(UPSTREAMS, barred)[1]?.leftOut.map(({ container, reason }) => [container, reason]),
      [['shop-2', `nginx refused it: ${message}`]],
    );
    assert.equal(rest[0], UPSTREAMS[0]);
  });

  it('is a whole upstream: its block is not written, and its containers are told', () => {
    const barred = [{ upstream: shop, server: undefined, message }];
    assert.deepEqual(
      withoutBarred(UPSTREAMS, barred).map(({ name }) => name),
      ['api'],
    );
    assert.equal(tellBarred(UPSTREAMS, barred)[1]?.leftOut.length, 2);
  });
});
