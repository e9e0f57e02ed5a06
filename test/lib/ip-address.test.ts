/** Addresses and networks of both families as text, as octets and in their order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addressBytes,
  addressFrom,
  compareAddresses,
  contains,
  familyOf,
  formatCidr,
  fromUint32,
  type IpAddress,
  isLinkLocal,
  longestPrefix,
  parseCidr,
  parseIpAddress,
  parseIpv4Address,
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
  for (const text of [...refused, '1.2.3.x', '1.2.3.4\n', '0x1.2.3.4'])
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

const ip = (text: string): IpAddress => {
  const address = parseIpAddress(text);
  assert.ok(address, text);
  return address;
};

test('an IPv6 address is written as RFC 5952 §4 and §5 say', () => {
  const written: Readonly<Record<string, string>> = {
    '::': '::',
    '0:0:0:0:0:0:0:1': '::1',
    'FE80::1': 'fe80::1',
    '2001:0db8:0000:0000:0001:0000:0000:0001': '2001:db8::1:0:0:1',
    '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
    '2001:db8::0:1': '2001:db8::1',
    '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
    '1:0:0:0:0:0:0:0': '1::',
    '::1:2:3:4:5:6:7': '0:1:2:3:4:5:6:7',
    '::ffff:c612:3364': '::ffff:198.18.51.100',
    '::FFFF:198.18.51.100': '::ffff:198.18.51.100',
    '64:ff9b::198.18.51.100': '64:ff9b::c612:3364',
    '1:2:3:4:5:6:1.2.3.4': '1:2:3:4:5:6:102:304',
  };
  for (const [text, canonical] of Object.entries(written))
    assert.equal(parseIpAddress(text), canonical, text);
});

test('what is no IPv6 address: too many or few groups, two runs, a zone, a quad that is none', () => {
  const refused = [
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '1::2::3',
    'fe80::1%eth0',
    'fe80::g',
    '12345::',
    ' ::1',
    '::1 ',
    '::1.2.3',
    '::1.2.3.256',
    '::01.2.3.4',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '[::1]',
    '0000:0000:0000:0000:0000:0000:0000:0000:0000:0000',
  ];
  for (const text of refused) assert.equal(parseIpAddress(text), undefined, text);
});

test('what is IPv4 by nature takes no IPv6', () => {
  assert.equal(parseIpv4Address('198.18.0.1'), '198.18.0.1');
  assert.equal(parseIpv4Address('::1'), undefined);
  assert.throws(() => toUint32(ip('::1')), /not an IPv4 address/);
});

test('every address is its octets, and back', () => {
  const octets = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })
      .map(Uint8Array.from.bind(Uint8Array)),
  );
  fc.assert(
    fc.property(octets, bytes => {
      const address = addressFrom(bytes);
      assert.equal(parseIpAddress(address), address, 'is canonical');
      assert.deepEqual(addressBytes(address), bytes);
      assert.equal(familyOf(address), bytes.length === 4 ? 4 : 6);
      if (bytes.length === 16)
        assert.equal(
          new URL(`http://[${address}]/`).hostname,
          new URL(`http://[${longhand(bytes)}]/`).hostname,
        );
    }),
  );
});

const longhand = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('hex').match(/.{4}/g)?.join(':') ?? '';

test('an IPv6 CIDR has a prefix of up to 128 bits', () => {
  assert.deepEqual(parseCidr('FD00:0:0::1/64'), { address: 'fd00::1', prefixLength: 64 });
  assert.equal(parseCidr('fd00::1/128')?.prefixLength, longestPrefix(6));
  for (const text of ['fd00::1/129', 'fd00::1', 'fd00::1/', '198.18.0.1/064x'])
    assert.equal(parseCidr(text), undefined);
});

test('addresses of both families are ordered as their octets are, IPv4 first', () => {
  const ordered = [
    '9.255.255.255',
    '200.0.0.1',
    '::',
    '::1',
    '2001:db8::9',
    '2001:db8::10',
    'fe80::1',
    'ff02::12',
  ];
  const shuffled = [...ordered].reverse().map(ip);
  assert.deepEqual(shuffled.sort(compareAddresses), ordered);
  assert.equal(compareAddresses(ip('fe80::1'), ip('fe80::1')), 0);
});

test('link-local is fe80::/10 and 169.254.0.0/16', () => {
  for (const text of ['fe80::1', 'febf::1', '169.254.9.9']) assert.ok(isLinkLocal(ip(text)), text);
  for (const text of ['fec0::1', 'fd00::1', '169.253.0.1', '::']) assert.ok(!isLinkLocal(ip(text)), text);
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
  assert.equal(inside('fd00:198:18::/48', 'fd00:198:18:ffff::1'), true);
  assert.equal(inside('fd00:198:18::/48', 'fd00:198:19::1'), false);
  assert.equal(inside('fd00:198:18::/45', 'fd00:198:1f::1'), true);
  assert.equal(inside('::1/128', '::1'), true);
  assert.equal(inside('0.0.0.0/0', '::1'), false);
});
