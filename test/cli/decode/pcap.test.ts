/** Reading captures: every form of the file, and files that break off or are something else. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { looksLikeCapture, readCapture } from '../../../src/cli/decode/pcap.ts';
import { bytesOf, capture } from './support.ts';

const A = bytesOf('0102030405');
const B = bytesOf('aabb');
const PACKETS = [
  { seconds: 1_700_000_000, fraction: 123_456, bytes: A },
  { seconds: 1_700_000_001, fraction: 7, bytes: B, wireLength: 60 },
];

const read = (bytes: Uint8Array) => {
  const result = readCapture(bytes);
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
};

describe('a capture', () => {
  for (const littleEndian of [true, false])
    for (const nanoseconds of [true, false])
      it(`in ${littleEndian ? 'little' : 'big'} endian with ${nanoseconds ? 'nano' : 'micro'}seconds`, () => {
        const { frames, broken } = read(capture(PACKETS, { littleEndian, nanoseconds, linkType: 276 }));
        const tick = nanoseconds ? 1n : 1_000n;
        assert.equal(broken, undefined);
        assert.deepEqual(
          frames.map(frame => [frame.linkType, frame.time_ns, [...frame.bytes], frame.wireLength]),
          [
            [276, 1_700_000_000_000_000_000n + 123_456n * tick, [...A], 5],
            [276, 1_700_000_001_000_000_000n + 7n * tick, [...B], 60],
          ],
        );
      });

  it('without packets is whole', () => {
    assert.deepEqual(read(capture([])), { frames: [], broken: undefined });
  });

  it('that breaks off keeps the packets before, wherever that is', () => {
    const whole = capture(PACKETS);
    const afterFirst = 24 + 16 + A.length;
    for (let length = afterFirst + 1; length < whole.length; length++) {
      const { frames, broken } = read(whole.subarray(0, length));
      assert.equal(frames.length, 1);
      assert.match(broken ?? '', /the capture ends within (the header of )?packet 2/);
    }
  });

  it('with an impossible length is damaged there', () => {
    const whole = capture(PACKETS);
    new DataView(whole.buffer, whole.byteOffset).setUint32(24 + 16 + A.length + 8, 0xffff_ffff, true);
    const { frames, broken } = read(whole);
    assert.equal(frames.length, 1);
    assert.match(broken ?? '', /packet 2 claims 4294967295 octets/);
  });

  it('of the newer format is refused with what to do', () => {
    const bytes = bytesOf('0a0d0d0a 1c000000 4d3c2b1a');
    assert.ok(looksLikeCapture(bytes));
    const result = readCapture(bytes);
    assert.match(result.ok ? '' : result.error, /pcapng.*editcap -F pcap/);
  });

  it('may be any octets: reading ends and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (bytes, withHead) => {
        const result = readCapture(withHead ? Buffer.concat([capture([]), bytes]) : bytes);
        if (result.ok) assert.ok(result.value.frames.length <= bytes.length);
      }),
    );
  });
});
