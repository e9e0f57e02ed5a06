/** The receiving socket's filter, run by an interpreter of the few instructions it uses; on real sockets in advert-receiver.test.ts. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  advertFilter,
  type BpfInstruction,
  DROP_EVERYTHING,
  encodeBpf,
} from '../../src/net/advert-filter.ts';
import { advertPacket } from './advert-packet.ts';

/** Bytes of the packet to keep. As in the kernel, a load beyond the packet drops it. */
function run(program: readonly BpfInstruction[], packet: Uint8Array): number {
  const registers = { a: 0, x: 0 };
  let next = 0;
  for (;;) {
    const { code, jt, jf, k } = program[next] ?? assert.fail('ran over the end');
    next += 1;
    if (code === 0x06) return k;
    if (code === 0x15) next += registers.a === k ? jt : jf;
    else if (!load(code, k, registers, packet)) return 0;
  }
}

function load(code: number, k: number, registers: { a: number; x: number }, packet: Uint8Array): boolean {
  const byte = packet[code === 0x50 ? registers.x + k : k];
  if (byte === undefined) return false;
  if (code === 0xb1) registers.x = 4 * (byte & 0xf);
  else registers.a = byte;
  return true;
}

const passes = (vrids: number[], packet: Uint8Array): boolean =>
  run(advertFilter(new Set(vrids)), packet) > 0;

describe('the advert filter', () => {
  test('passes a packet of a wanted VRID with TTL 255, whole', () => {
    assert.ok(run(advertFilter(new Set([7, 51])), advertPacket()) >= 65_535);
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
      const passing = [51, 50].map(vrid => run(advertFilter(new Set([vrid]), true), headed) > 0);
      assert.deepEqual(passing, [true, false]);
      assert.equal(run(advertFilter(new Set([51]), true), headed.subarray(0, optionBytes + 45)), 0);
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
        const program = advertFilter(new Set(vrids));
        assert.ok(program.every(({ jt, jf }) => jt <= 255 && jf <= 255));
        assert.equal(run(program, advertPacket({ vrid: asked })) > 0, vrids.includes(asked));
      }),
    );
    const all = Array.from({ length: 255 }, (_, at) => at + 1);
    assert.ok(all.every(asked => passes(all, advertPacket({ vrid: asked }))));
    assert.ok(advertFilter(new Set(all)).every(({ jt }) => jt <= 255));
  });

  test('drops everything for a socket that only sends', () => {
    assert.equal(run(DROP_EVERYTHING, advertPacket()), 0);
  });

  test('is encoded as struct sock_filter: opcode, jumps, operand', () => {
    const bytes = Buffer.from(encodeBpf([{ code: 0x15, jt: 1, jf: 2, k: 0x01020304 }]));
    assert.equal(bytes.length, 8);
    assert.deepEqual([...new Uint16Array(bytes.buffer, bytes.byteOffset, 1)], [0x15]);
    assert.deepEqual([...bytes.subarray(2, 4)], [1, 2]);
    assert.deepEqual([...new Uint32Array(bytes.buffer, bytes.byteOffset + 4, 1)], [0x01020304]);
  });
});
