/** What becomes part of nginx's configuration is checked once more at the last moment. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import type { UpstreamName } from '../../src/lib/upstream-name.ts';
import { COMMENT_LIMIT, quoteComment, quoteEndpoint, quoteName, quoteNumber } from '../../src/nginx/quote.ts';

describe('quoting', () => {
  it('lets well-formed values through as they are', () => {
    assert.equal(quoteName('app' as UpstreamName), 'app');
    assert.equal(quoteEndpoint('198.18.0.2' as IpAddress, 8080), '198.18.0.2:8080');
    assert.equal(quoteNumber(0), '0');
  });

  it('stops values whose brand was a lie', () => {
    for (const name of ['App', 'a b', 'a;', '', '127.0.0.1', 'a\n']) {
      assert.throws(() => quoteName(name as UpstreamName), /not the name of an upstream/, name);
    }
    for (const address of ['', '1.2.3', '1.2.3.4;', '1.2.3.4\n', '::1', 'example.com']) {
      assert.throws(() => quoteEndpoint(address as IpAddress, 80), /not an IPv4 address/, address);
    }
    for (const port of [0, 65_536, -1, 1.5, Number.NaN]) {
      assert.throws(
        () => quoteEndpoint('198.18.0.2' as IpAddress, port),
        /not a (?:port|whole number)/,
        String(port),
      );
    }
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.throws(() => quoteNumber(value), /not a whole number/, String(value));
    }
  });

  it('keeps any comment printable, bounded and on its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), text => {
        const comment = quoteComment(text);
        assert.match(comment, /^[\x20-\x7e]*$/);
        assert.ok(comment.length <= COMMENT_LIMIT + 3);
      }),
    );
  });
});
