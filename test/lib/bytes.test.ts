/** Bounded access to octets, comparison, hexadecimal. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '../../src/lib/assert.ts';
import {
  equalInConstantTime,
  fromHex,
  putUint16,
  putUint32,
  toHex,
  uint8At,
  uint16At,
  uint32At,
} from '../../src/lib/bytes.ts';

test('numbers are big-endian and unsigned', () => {
  const bytes = Uint8Array.of(0xff, 0xee, 0xdd, 0xcc);
  assert.equal(uint8At(bytes, 0), 0xff);
  assert.equal(uint16At(bytes, 1), 0xeedd);
  assert.equal(uint32At(bytes, 0), 0xffeeddcc);
});

test('what is put is read back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 0xffffffff }),
      (short, long) => {
        const bytes = new Uint8Array(6);
        putUint16(bytes, 0, short);
        putUint32(bytes, 2, long);
        assert.deepEqual([uint16At(bytes, 0), uint32At(bytes, 2)], [short, long]);
      },
    ),
  );
});

test('reading or writing past the end is a programmer error', () => {
  const bytes = new Uint8Array(3);
  for (const wrong of [
    () => uint8At(bytes, 3),
    () => uint8At(bytes, -1),
    () => uint16At(bytes, 2),
    () => uint32At(bytes, 0),
    () => putUint16(bytes, 2, 1),
    () => putUint32(bytes, 0, 1),
  ])
    assert.throws(wrong, AssertionError);
});

test('equality sees every octet and the length', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  assert.equal(equalInConstantTime(bytes, Uint8Array.of(1, 2, 3)), true);
  assert.equal(equalInConstantTime(bytes, Uint8Array.of(1, 2, 4)), false);
  assert.equal(equalInConstantTime(bytes, Uint8Array.of(0, 2, 3)), false);
  assert.equal(equalInConstantTime(bytes, Uint8Array.of(1, 2)), false);
  assert.equal(equalInConstantTime(bytes, Uint8Array.of(1, 2, 3, 0)), false);
  assert.equal(equalInConstantTime(new Uint8Array(0), new Uint8Array(0)), true);
});

test('hexadecimal goes both ways', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      const text = toHex(bytes);
      assert.match(text, /^[0-9a-f]*$/);
      assert.deepEqual(fromHex(text), bytes);
      assert.deepEqual(fromHex(text.toUpperCase()), bytes);
    }),
  );
});

test('text that is not hexadecimal octets is undefined', () => {
  for (const text of ['0', 'abc', 'zz', '0x00', '00 11', '-1']) assert.equal(fromHex(text), undefined, text);
});
