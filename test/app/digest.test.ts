/** The keyed hashes against the vectors of RFC 2202 §2 and RFC 4231 §4. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyedDigest } from '../../src/app/digest.ts';
import { OperatingError } from '../../src/lib/errors.ts';

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('HMAC-MD5 is that of RFC 2202', () => {
  const jefe = keyedDigest('md5', octets('Jefe'));
  assert.equal(hex(jefe(octets('what do ya want for nothing?'))), '750c783e6ab0b503eaa86e310a5db738');
  const eleven = keyedDigest('md5', new Uint8Array(16).fill(0x0b));
  assert.equal(hex(eleven(octets('Hi There'))), '9294727a3638bb1c13f48ef8158bfc9d');
});

test('HMAC-SHA256 is that of RFC 4231', () => {
  const jefe = keyedDigest('sha256', octets('Jefe'));
  assert.equal(
    hex(jefe(octets('what do ya want for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('a key of keepalived, padded with zeros, is the password', () => {
  const padded = Uint8Array.from([...octets('secret'), 0, 0]);
  const [one, other] = [octets('secret'), padded].map(key => hex(keyedDigest('md5', key)(octets('x'))));
  assert.equal(one, other);
});

test('a hash that the library does not have is an operating failure', () => {
  assert.throws(() => keyedDigest('none' as 'md5', octets('x')), OperatingError);
});

test('nothing shows the key', () => {
  const shown = JSON.stringify({ type: 'ah', digest: keyedDigest('md5', octets('hunter2')) });
  assert.equal(shown, '{"type":"ah"}');
});
