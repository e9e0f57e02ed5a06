/** The bytes of netlink messages: what is encoded decodes, and no bytes from the kernel, however odd, throw or hang. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { addressFrom, type Cidr, fromUint32, parseCidr } from '../../src/lib/ip-address.ts';
import {
  decodeAddress,
  decodeErrno,
  decodeLink,
  decodeMessages,
  encodeAddress,
  encodeLinkQuery,
  encodeMessage,
  encodeNewAddress,
  type Lease,
} from '../../src/net/rtnetlink-messages.ts';

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const octets = fc.uint8Array({ minLength: 16, maxLength: 16 });
const cidr: fc.Arbitrary<Cidr> = fc.oneof(
  fc.record({ address: uint32.map(fromUint32), prefixLength: fc.integer({ min: 0, max: 32 }) }),
  fc.record({ address: octets.map(addressFrom), prefixLength: fc.integer({ min: 0, max: 128 }) }),
);

describe('netlink messages', () => {
  test('several in one datagram come apart, padded as the kernel pads them', () => {
    const uint16 = fc.integer({ min: 0, max: 0xffff });
    const message = fc
      .tuple(uint16, uint16, uint32, fc.uint8Array({ maxLength: 20 }))
      .map(([type, flags, sequence, body]) => ({ type, flags, sequence, body }));
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), messages => {
        const padded = messages.map(each => {
          const bytes = encodeMessage(each);
          return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
        });
        assert.deepEqual(decodeMessages(new Uint8Array(Buffer.concat(padded))), messages);
      }),
    );
  });

  test('an address with a lease decodes to itself', () => {
    fc.assert(
      fc.property(cidr, fc.integer({ min: 1, max: 0x7fffffff }), uint32, (place, index, lease) => {
        assert.deepEqual(decodeAddress(encodeNewAddress(place, index, lease)), {
          ...place,
          interfaceIndex: index,
          scope: 0,
          secondary: false,
          tentative: false,
          duplicate: false,
          validSeconds: lease,
        });
      }),
    );
  });

  test('the lease is both lifetimes, and the kernel is told the local address too', () => {
    const body = Buffer.from(encodeNewAddress({ address: fromUint32(0xc6123364), prefixLength: 24 }, 7, 3));
    const seconds = Buffer.from(Uint32Array.of(3, 3, 0, 0).buffer).toString('hex');
    assert.ok(body.toString('hex').endsWith(seconds));
    assert.equal(body.toString('hex').split('c6123364').length - 1, 2);
  });

  test('a virtual IPv6 address needs no search for duplicates and is never preferred as a source', () => {
    const lifetimesOf = (text: string, lease: Lease): number[] => {
      const cidr = parseCidr(text);
      assert.ok(cidr !== undefined);
      const body = Buffer.from(encodeNewAddress(cidr, 7, lease));
      assert.equal(body.readUInt8(2), 0x02); // IFA_F_NODAD
      return [...new Uint32Array(Uint8Array.from(body.subarray(-16)).buffer)].slice(0, 2);
    };
    assert.deepEqual(lifetimesOf('fd00:198:18::100/64', 3), [0, 3]);
    assert.deepEqual(lifetimesOf('fd00:198:18::100/128', 3), [0, 3]);
    assert.deepEqual(lifetimesOf('fd00:198:18::100/64', 'permanent'), [0xffffffff, 0xffffffff]);
    assert.deepEqual(lifetimesOf('fd00:198:18::100/128', 'permanent'), [0, 0xffffffff]);
  });

  test('a name decodes without its terminator; messages of other families are none', () => {
    const body = Buffer.from(encodeLinkQuery('eth0'));
    assert.equal(decodeLink(body)?.name, 'eth0');
    body.writeUInt8(7, 0); // AF_BRIDGE
    assert.equal(decodeLink(body), undefined);
    const address = Buffer.from(encodeAddress({ address: fromUint32(1), prefixLength: 8 }, 1));
    address.writeUInt8(28, 0); // AF_MPLS
    assert.equal(decodeAddress(address), undefined);
  });

  test('no bytes make a decoder throw or run for ever', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(0, 2, 10), (bytes, family) => {
        for (const body of [bytes, Uint8Array.of(family, ...bytes)]) {
          decodeLink(body);
          decodeAddress(body);
          decodeErrno(body);
          assert.ok(decodeMessages(body).length <= 5);
        }
      }),
    );
  });
});
