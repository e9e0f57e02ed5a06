/** The virtual router's MAC and frames from it: RFC 9568 §7.2 and §7.3, RFC 1112 §6.4, RFC 2464 §7. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../src/lib/bytes.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { macAddressBytes, parseMacAddress } from '../../src/lib/mac-address.ts';
import { encodePackets } from '../../src/vrrp/advertisement.ts';
import { internetChecksum } from '../../src/vrrp/checksum.ts';
import { multicastFrame, virtualMac } from '../../src/vrrp/virtual-mac.ts';
import { anyParameters } from './arbitraries.ts';

describe('the virtual MAC', () => {
  test('is 00-00-5E-00-01-{VRID} over IPv4 and 00-00-5E-00-02-{VRID} over IPv6', () => {
    assert.equal(virtualMac(4, 51), '00:00:5e:00:01:33');
    assert.equal(virtualMac(6, 51), '00:00:5e:00:02:33');
    assert.equal(virtualMac(4, 1), '00:00:5e:00:01:01');
    assert.equal(virtualMac(6, 255), '00:00:5e:00:02:ff');
  });

  test('is its own for every VRID of either family, and no group', () => {
    const all = [4, 6].flatMap(family =>
      Array.from({ length: 255 }, (_, i) => virtualMac(family as 4 | 6, i + 1)),
    );
    assert.equal(new Set(all).size, 510);
    assert.ok(all.every(mac => parseMacAddress(mac) === mac && ((macAddressBytes(mac)[0] ?? 1) & 1) === 0));
  });
});

describe('an advertisement as a frame', () => {
  const MAC = virtualMac(4, 51);

  test('goes to the MAC of its group, from the virtual one, and holds the packet', () => {
    fc.assert(
      fc.property(anyParameters, fc.integer({ min: 0, max: 255 }), (parameters, priority) => {
        const [packet = new Uint8Array()] = encodePackets({ ...parameters, unicast: undefined }, priority);
        const before = toHex(packet);
        const frame = multicastFrame(packet, MAC);
        const isIpv6 = (packet[0] ?? 0) >>> 4 === 6;
        assert.equal(
          toHex(frame.subarray(0, 14)),
          isIpv6 ? '33330000001200005e00013386dd' : '01005e00001200005e0001330800',
        );
        assert.equal(toHex(packet), before);
        const inside = frame.slice(14);
        if (!isIpv6) {
          assert.equal(internetChecksum(inside.subarray(0, 20), 0), 0);
          inside.set(packet.subarray(10, 12), 10);
        }
        assert.equal(toHex(inside), before);
      }),
    );
  });

  test('has the header checksum that the kernel would fill', () => {
    const header = Uint8Array.of(
      0x45,
      0xc0,
      0,
      20,
      0,
      1,
      0,
      0,
      255,
      112,
      0xff,
      0xff,
      198,
      18,
      51,
      1,
      224,
      0,
      0,
      18,
    );
    const frame = multicastFrame(header, MAC);
    assert.equal(toHex(frame.subarray(24, 26)), expectedChecksum('198.18.51.1' as IpAddress));
  });
});

/** RFC 1071 by hand: 45c0+0014+0001+0000+ff70+source+e000+0012, folded and complemented. */
function expectedChecksum(source: IpAddress): string {
  const [a = 0, b = 0, c = 0, d = 0] = source.split('.').map(Number);
  let sum = 0x45c0 + 0x0014 + 0x0001 + 0xff70 + ((a << 8) | b) + ((c << 8) | d) + 0xe000 + 0x0012;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return (~sum & 0xffff).toString(16).padStart(4, '0');
}
