/** Finding the IP packet behind each link layer. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isKnownLinkType, locateIp } from '../../../src/cli/decode/link-layer.ts';
import { bytesOf } from './support.ts';

const IP = '45c0002800000000ff70';
const MACS = '01005e000012 02420a000002';

describe('the IP packet', () => {
  const forms: readonly (readonly [name: string, linkType: number, hex: string, vlans: readonly number[]])[] =
    [
      ['behind Ethernet', 1, `${MACS} 0800 ${IP}`, []],
      ['behind a VLAN tag', 1, `${MACS} 8100 e00a 0800 ${IP}`, [10]],
      ['behind two VLAN tags', 1, `${MACS} 88a8 0064 8100 000a 0800 ${IP}`, [100, 10]],
      ['raw', 101, IP, []],
      ['raw, as some systems number it', 12, IP, []],
      ['raw, IPv4 by definition', 228, IP, []],
      ['behind Linux cooked v1', 113, `0001 0001 0006 02420a0000020000 0800 ${IP}`, []],
      ['behind Linux cooked v2', 276, `0800 0000 00000002 0001 01 06 02420a0000020000 ${IP}`, []],
    ];
  for (const [name, linkType, hex, vlans] of forms)
    it(name, () => {
      const located = locateIp(linkType, bytesOf(hex));
      assert.ok(located.ok, located.ok ? '' : located.error);
      assert.equal(Buffer.from(located.value.packet).toString('hex'), IP);
      assert.deepEqual(located.value.vlans, vlans);
    });

  it('is not there in other frames, which are told by their type', () => {
    const arp = locateIp(1, bytesOf(`${MACS} 0806 0001`));
    assert.equal(arp.ok ? '' : arp.error, 'EtherType 0x0806');
    const ipv6 = locateIp(101, bytesOf('60000000'));
    assert.equal(ipv6.ok ? '' : ipv6.error, 'IPv6');
  });

  it('is looked for in frames of any length without throwing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 12, 101, 113, 228, 276, 9),
        fc.uint8Array({ maxLength: 40 }),
        (type, frame) => {
          const located = locateIp(type, frame);
          if (!isKnownLinkType(type)) assert.equal(located.ok, false);
        },
      ),
    );
  });
});
