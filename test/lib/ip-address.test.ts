/** IPv4 addresses and networks as text and as numbers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  contains,
  formatCidr,
  fromUint32,
  parseCidr,
  parseIpAddress,
  toUint32,
} from '../../src/lib/ip-address.ts';

test('a dotted quad is an address', () => {
  for (const text of ['0.0.0.0', '198.18.51.100', '255.255.255.255'])
    assert.equal(parseIpAddress(text), text);
});

test('anything else is none: leading zeros, missing, too large or foreign parts', () => {
  const refused = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    '1.2.3.-4',
    ' 1.2.3.4',
    '1.2.3.4/24',
    '1..2.3',
  ];
  for (const text of [...refused, '1.2.3.x', '::1', '1.2.3.4\n', '0x1.2.3.4'])
    assert.equal(parseIpAddress(text), undefined, text);
});

test('a CIDR is an address and a prefix length', () => {
  assert.deepEqual(parseCidr('198.18.51.100/24'), { address: '198.18.51.100', prefixLength: 24 });
  assert.equal(parseCidr('198.18.51.100/0')?.prefixLength, 0);
  assert.equal(parseCidr('198.18.51.100/32')?.prefixLength, 32);
});

test('a bare address, a prefix out of range and two slashes are no CIDR', () => {
  for (const text of [
    '198.18.51.100',
    '198.18.51.100/33',
    '198.18.51.100/',
    '1.2.3.4/24/8',
    '1.2.3/8',
    '1.2.3.4/-1',
  ])
    assert.equal(parseCidr(text), undefined, text);
});

test('a CIDR prints as it was read', () => {
  const cidr = parseCidr('198.18.51.100/24');
  assert.ok(cidr);
  assert.equal(formatCidr(cidr), '198.18.51.100/24');
});

test('addresses compare as unsigned numbers in network order', () => {
  const [low, high] = [parseIpAddress('9.255.255.255'), parseIpAddress('200.0.0.1')];
  assert.ok(low && high);
  assert.ok(toUint32(high) > toUint32(low));
  assert.ok(high < low, 'as text the order is the other one');
});

test('every 32-bit number is an address and back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), value => {
      const address = fromUint32(value);
      assert.equal(parseIpAddress(address), address);
      assert.equal(toUint32(address), value);
    }),
  );
});

test('a network contains what shares its prefix', () => {
  const inside = (network: string, text: string): boolean => {
    const [cidr, address] = [parseCidr(network), parseIpAddress(text)];
    assert.ok(cidr && address);
    return contains(cidr, address);
  };
  assert.equal(inside('198.18.51.1/24', '198.18.51.254'), true);
  assert.equal(inside('198.18.51.1/24', '198.18.52.1'), false);
  assert.equal(inside('198.18.51.1/32', '198.18.51.1'), true);
  assert.equal(inside('198.18.51.1/32', '198.18.51.2'), false);
  assert.equal(inside('198.18.51.1/0', '8.8.8.8'), true);
  assert.equal(inside('128.0.0.0/1', '255.0.0.1'), true);
  assert.equal(inside('128.0.0.0/1', '127.0.0.1'), false);
});
