/** The Internet checksum, with and without a pseudo-header. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isChecksumRight, messageChecksum } from '../../src/vrrp/checksum.ts';
import { ip, PEER, patched, US } from './support.ts';

const GROUP = ip('224.0.0.18');

test('the worked example of RFC 1071 §3', () => {
  const words = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  assert.equal(messageChecksum(words, 'message-only', US, GROUP), ~0xddf2 & 0xffff);
});

test('an odd last octet counts as the high half of a word', () => {
  assert.equal(messageChecksum(Uint8Array.of(0x12), 'message-only', US, GROUP), ~0x1200 & 0xffff);
});

test('carries are folded until none is left', () => {
  assert.equal(messageChecksum(new Uint8Array(255 * 4).fill(0xff), 'message-only', US, GROUP), 0);
});

test('the pseudo-header covers both addresses, the protocol and the length', () => {
  const message = new Uint8Array(12);
  const sum = messageChecksum(message, 'pseudo-header', PEER, GROUP);
  assert.equal(sum, ~(0xc612 + 0x0001 + 0xe000 + 0x0012 + 112 + 12 - 0xffff) & 0xffff);
  assert.notEqual(messageChecksum(message, 'pseudo-header', US, GROUP), sum);
  assert.notEqual(messageChecksum(message, 'pseudo-header', PEER, ip('224.0.0.19')), sum);
  assert.notEqual(messageChecksum(new Uint8Array(14), 'pseudo-header', PEER, GROUP), sum);
  assert.equal(messageChecksum(message, 'message-only', US, GROUP), 0xffff);
});

test('a sealed message is right, and wrong with any one bit turned', () => {
  const forms = fc.constantFrom('pseudo-header', 'message-only');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 60 }), forms, fc.nat(), (content, form, where) => {
      const blank = patched(content, { 6: 0, 7: 0 });
      const sum = messageChecksum(blank, form, PEER, GROUP);
      const sealed = patched(blank, { 6: sum >>> 8, 7: sum & 0xff });
      assert.ok(isChecksumRight(sealed, form, PEER, GROUP));
      const octet = where % sealed.length;
      const turned = patched(sealed, { [octet]: (sealed[octet] ?? 0) ^ (1 << (where % 8)) });
      assert.equal(isChecksumRight(turned, form, PEER, GROUP), false);
    }),
    { numRuns: 200 },
  );
});
