/** Finding the IP packet behind each link layer. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { guessLinkType, isKnownLinkType, locateIp } from '../../../src/cli/decode/link-layer.ts';
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
      ['raw, IPv6 by definition', 229, IP, []],
      ['IPv6 behind Ethernet', 1, `${MACS} 86dd ${IP}`, []],
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

  it('comes with the sender, where the link layer is Ethernet', () => {
    const senders = [
      [1, `${MACS} 0800 ${IP}`, '02:42:0a:00:00:02'],
      [1, `${MACS} 8100 e00a 86dd ${IP}`, '02:42:0a:00:00:02'],
      [113, `0001 0001 0006 02420a0000020000 0800 ${IP}`, '02:42:0a:00:00:02'],
      [113, `0001 0304 0000 0000000000000000 0800 ${IP}`, undefined],
      [276, `0800 0000 00000002 0001 01 06 02420a0000020000 ${IP}`, '02:42:0a:00:00:02'],
      [101, IP, undefined],
    ] as const;
    for (const [linkType, hex, sender] of senders) {
      const located = locateIp(linkType, bytesOf(hex));
      assert.equal(located.ok && located.value.sender, sender, hex);
    }
  });

  it('is guessed to be raw by its version, unless what follows is a frame', () => {
    for (const hex of [IP, '6c0000000018', '45']) assert.equal(guessLinkType(bytesOf(hex)), 101, hex);
    for (const hex of [`${MACS} 0800 ${IP}`, '333300000012', `420000000001 02420a000002 0800 ${IP}`, ''])
      assert.equal(guessLinkType(bytesOf(hex)), 1, hex);
  });

  it('is not there in other frames, which are told by their type', () => {
    const arp = locateIp(1, bytesOf(`${MACS} 0806 0001`));
    assert.equal(arp.ok ? '' : arp.error, 'EtherType 0x0806');
  });

  it('is looked for in frames of any length without throwing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 12, 101, 113, 228, 229, 276, 9),
        fc.uint8Array({ maxLength: 40 }),
        (type, frame) => {
          const located = locateIp(type, frame);
          if (!isKnownLinkType(type)) assert.equal(located.ok, false);
        },
      ),
    );
  });
});
