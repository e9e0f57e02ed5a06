/** The receiving socket's filter, run by an interpreter of the few instructions it uses; on real sockets in advert-receiver.test.ts. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { type Admissions, advertFilter, advertFilter6 } from '../../src/net/advert-filter.ts';
import { type BpfProgram, DROP_EVERYTHING, encodeBpf } from '../../src/net/bpf.ts';
import { admitting } from './admissions.ts';
import { advertPacket, advertPacket6 } from './advert-packet.ts';
import { passes as passesFilter } from './bpf.ts';

const only = (...vrids: number[]): Admissions => admitting(vrids.map(vrid => [vrid, 255]));

const passes4 = (program: BpfProgram, packet: Uint8Array): boolean =>
  passesFilter(program, { packet, data: packet });

const passes = (vrids: number[], packet: Uint8Array): boolean =>
  passes4(advertFilter(only(...vrids)), packet);

const fits = ({ jt, jf }: { jt: number; jf: number }): boolean => jt <= 255 && jf <= 255;

describe('the advert filter', () => {
  test('passes a packet of a wanted VRID with TTL 255, whole', () => {
    assert.ok(passes([7, 51], advertPacket()));
    assert.ok((advertFilter(only(7)).find(({ code, k }) => code === 0x06 && k > 0)?.k ?? 0) >= 65_535);
  });

  test('drops other TTLs and other VRIDs', () => {
    assert.equal(passes([51], advertPacket({ ttl: 254 })), false);
    assert.equal(passes([51], advertPacket({ vrid: 52 })), false);
    assert.equal(passes([], advertPacket()), false);
  });

  test('finds the VRID after an IP header of any length', () => {
    for (const optionBytes of [0, 4, 40]) {
      assert.equal(passes([51], advertPacket({ optionBytes })), true);
      assert.equal(passes([50], advertPacket({ optionBytes })), false);
    }
  });

  test('finds the VRID behind an authentication header', () => {
    for (const optionBytes of [0, 4, 40]) {
      const headed = advertPacket({ optionBytes, headed: true });
      const passing = [51, 50].map(vrid => passes4(advertFilter(only(vrid), true), headed));
      assert.deepEqual(passing, [true, false]);
      assert.equal(passes4(advertFilter(only(51), true), headed.subarray(0, optionBytes + 45)), false);
    }
  });

  test('drops what is too short to have a VRID', () => {
    assert.equal(passes([0], advertPacket().subarray(0, 21)), false);
    assert.equal(passes([51], new Uint8Array(0)), false);
  });

  test('passes exactly the wanted VRIDs, up to all 255 of them, and no jump leaves a byte', () => {
    const vrid = fc.integer({ min: 1, max: 255 });
    fc.assert(
      fc.property(fc.uniqueArray(vrid, { maxLength: 255 }), vrid, (vrids, asked) => {
        const program = advertFilter(only(...vrids));
        assert.ok(program.every(fits));
        assert.equal(passes4(program, advertPacket({ vrid: asked })), vrids.includes(asked));
      }),
    );
    const all = Array.from({ length: 255 }, (_, at) => at + 1);
    assert.ok(all.every(asked => passes(all, advertPacket({ vrid: asked }))));
    assert.ok(advertFilter(only(...all)).every(fits));
  });

  test('lets a forwarded packet through for the VRIDs that allow it, and no further than they do', () => {
    const least = new Map([
      [51, 255],
      [52, 64],
      [53, 1],
      [54, 64],
    ]);
    for (const [vrid, ttl] of least) {
      const filter = advertFilter(admitting(least));
      const verdicts = [ttl - 1, ttl, 255].map(ttl => passes4(filter, advertPacket({ vrid, ttl })));
      assert.deepEqual(verdicts, [false, true, true], `VRID ${vrid}`);
    }
  });

  test('lets through adverts of the version of each VRID, of any where none is named', () => {
    const admissions = new Map([
      [51, { leastTtl: 255, version: 3 }],
      [52, { leastTtl: 255, version: 2 }],
      [53, { leastTtl: 255 }],
    ] as const);
    const judge = (vrid: number, versionAndType: number): boolean => {
      const packet = advertPacket({ vrid });
      packet[20] = versionAndType;
      return passes4(advertFilter(admissions), packet);
    };
    const verdicts = [51, 52, 53].map(vrid => [0x31, 0x21, 0x32].map(octet => judge(vrid, octet)));
    assert.deepEqual(verdicts, [
      [true, false, false],
      [false, true, false],
      [true, true, true],
    ]);
  });

  test('leaves passwords to the ladder where there are too many kinds for a filter', () => {
    const kinds = Array.from({ length: 255 }, (_, at) => {
      const authentication = { type: 1, password: Uint8Array.of(at) };
      return [at + 1, { leastTtl: 255, version: 2, authentication }] as const;
    });
    const judge = (count: number): boolean => {
      const packet = advertPacket({ vrid: 1 });
      packet[20] = 0x21;
      const program = advertFilter(new Map(kinds.slice(0, count)));
      assert.ok(program.every(fits) && program.length < 4_096);
      return passes4(program, packet);
    };
    assert.deepEqual([8, 9, 255].map(judge), [false, true, true]);
  });

  test('over IPv6 passes what was sent to the destination, with VRRP right behind the header', () => {
    const destination = 'ff02::12' as IpAddress;
    const filter = advertFilter6(
      admitting([
        [51, 255],
        [52, 64],
      ]),
      destination,
    );
    const judge = (fields: Parameters<typeof advertPacket6>[0], cut?: number): boolean => {
      const packet = advertPacket6(fields).subarray(0, cut);
      return passesFilter(filter, { packet, data: packet.subarray(40) });
    };
    assert.equal(judge({}), true);
    assert.equal(judge({ vrid: 52, hopLimit: 64 }), true);
    for (const other of ['ff02::13', 'ff02:1::12', 'ff03::12', 'ff02::1:0:12', 'fe80::1'])
      assert.equal(judge({ destination: other }), false, other);
    assert.equal(judge({ hopLimit: 254 }), false);
    assert.equal(judge({ vrid: 52, hopLimit: 63 }), false);
    assert.equal(judge({ vrid: 53 }), false);
    assert.equal(judge({ nextHeader: 0 }), false);
    assert.equal(judge({}, 41), false);
    assert.ok(
      advertFilter6(only(...Array.from({ length: 255 }, (_, at) => at + 1)), destination).every(fits),
    );
  });

  test('drops everything for a socket that only sends', () => {
    assert.equal(passes4(DROP_EVERYTHING, advertPacket()), false);
  });

  test('is encoded as struct sock_filter: opcode, jumps, operand', () => {
    const bytes = Buffer.from(encodeBpf([{ code: 0x15, jt: 1, jf: 2, k: 0x01020304 }]));
    assert.equal(bytes.length, 8);
    assert.deepEqual([...new Uint16Array(bytes.buffer, bytes.byteOffset, 1)], [0x15]);
    assert.deepEqual([...bytes.subarray(2, 4)], [1, 2]);
    assert.deepEqual([...new Uint32Array(bytes.buffer, bytes.byteOffset + 4, 1)], [0x01020304]);
  });
});
