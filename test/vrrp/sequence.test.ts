/** Numbers against replay: how ours grow, whatever the clock does, and which of others are not believed twice. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seconds, type Utc, utc } from '../../src/lib/time.ts';
import {
  isCounted,
  isRepeatedInHeader,
  isRepeatedInTrailer,
  type Memory,
  NO_MEMORY,
  nextSequence,
  remember,
} from '../../src/vrrp/sequence.ts';
import { ah, HIGHER, hmac, PEER, THIRD, US } from './support.ts';

const AH = ah();
const HMAC = hmac();
const second = (n: number): Utc => utc(n * 1_000_000);
const trailerOf = (n: number): bigint => BigInt(n) << 32n;
const sent = (last: bigint): Memory => ({ ...NO_MEMORY, last });

test('who does not prove itself by a number has none', () => {
  assert.deepEqual(
    [{ type: 'none' as const }, hmac({ mode: 'receive-only' }), AH, hmac({ mode: 'permissive' }), HMAC].map(
      isCounted,
    ),
    [false, false, true, true, true],
  );
});

test('AH: the next number is one more than the last that was sent or heard', () => {
  assert.equal(nextSequence(AH, sent(1_000_007n), second(5)), 1_000_008n);
});

test('AH: without a memory the number is the time, so that a router that starts again is believed at once', () => {
  assert.equal(nextSequence(AH, NO_MEMORY, second(1_800_000_000)), 1_800_000_000n);
  assert.equal(nextSequence(AH, NO_MEMORY, second(0)), 1n);
});

test('AH: after the last number of 32 bits the count begins anew', () => {
  assert.equal(nextSequence(AH, sent(0xffff_fffen), second(9)), 0xffff_ffffn);
  assert.equal(nextSequence(AH, sent(0xffff_ffffn), second(9)), 9n);
});

test('AH: a number is believed once, and nothing below it ever', () => {
  assert.deepEqual(
    [6, 7, 8].map(n => isRepeatedInHeader(sent(7n), n)),
    [true, true, false],
  );
  assert.equal(isRepeatedInHeader(NO_MEMORY, 1), false);
  assert.equal(isRepeatedInHeader(NO_MEMORY, 0), true);
});

test('the number of a trailer is the time: seconds, 1/65536 s, and zero', () => {
  assert.equal(nextSequence(HMAC, NO_MEMORY, second(1_800_000_000)), trailerOf(1_800_000_000));
  assert.equal(nextSequence(HMAC, NO_MEMORY, utc(1_500_000)), trailerOf(1) + (0x8000n << 16n));
});

test('in one moment, and when the clock is set back a little, it grows by one', () => {
  const now = trailerOf(100);
  assert.equal(nextSequence(HMAC, sent(now), second(100)), now + 1n);
  assert.equal(nextSequence(HMAC, sent(now), second(95)), now + 1n);
});

test('set back beyond the window the clock is followed, for nobody believes the future; without a window it never is', () => {
  assert.equal(nextSequence(HMAC, sent(trailerOf(100)), second(80)), trailerOf(80));
  const monotonic = hmac({ window: undefined });
  assert.equal(nextSequence(monotonic, sent(trailerOf(100)), second(80)), trailerOf(100) + 1n);
});

test('the year 2038 and the end of 32 bits of seconds change nothing', () => {
  for (const moment of [0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000]) {
    const first = nextSequence(HMAC, NO_MEMORY, second(moment));
    const next = nextSequence(HMAC, sent(first), second(moment + 1));
    const heard = remember(NO_MEMORY, PEER, first);
    assert.equal(isRepeatedInTrailer(heard, PEER, next, HMAC.window, second(moment + 1)), false);
    assert.equal(isRepeatedInTrailer(heard, PEER, first, HMAC.window, second(moment)), true);
  }
});

test('each sender of trailers has its own mark', () => {
  const memory = remember(NO_MEMORY, PEER, trailerOf(100));
  const repeated = (source: typeof PEER, n: number) =>
    isRepeatedInTrailer(memory, source, trailerOf(n), HMAC.window, second(100));
  assert.deepEqual([repeated(PEER, 100), repeated(PEER, 99), repeated(PEER, 101)], [true, true, false]);
  assert.equal(repeated(THIRD, 99), false);
});

test('four senders are remembered, the ones that spoke last', () => {
  const others = [THIRD, HIGHER, US, '198.18.0.77' as typeof US];
  const memory = [PEER, ...others].reduce((m, source, i) => remember(m, source, trailerOf(i + 1)), NO_MEMORY);
  assert.deepEqual(
    memory.heard.map(({ source }) => source),
    others,
  );
  const again = remember(memory, THIRD, trailerOf(9));
  assert.deepEqual(again.heard.at(-1), { source: THIRD, sequence: trailerOf(9) });
  assert.equal(again.heard.length, 4);
});

test('whatever the clock does, without a window numbers only grow', () => {
  const clock = fc.array(fc.integer({ min: 0, max: 2_000_000_000_000_000 }), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(clock, fc.constantFrom(AH, hmac({ window: undefined })), (readings, authentication) => {
      let last: bigint | undefined;
      for (const reading of readings) {
        const next = nextSequence(authentication, { ...NO_MEMORY, last }, utc(reading));
        assert.ok(last === undefined || next > last, `${next} after ${last}`);
        last = next;
      }
    }),
    { numRuns: 300 },
  );
});

test('with a window, what we send is never outside it, whatever the clock did before', () => {
  const clock = fc.array(fc.integer({ min: 0, max: 200_000_000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(clock, readings => {
      let last: bigint | undefined;
      for (const reading of readings) {
        last = nextSequence(HMAC, { ...NO_MEMORY, last }, utc(reading));
        const apart = Number(last >> 32n) - Math.floor(reading / 1_000_000);
        assert.ok(apart >= 0 && seconds(apart) <= (HMAC.window ?? 0), `${apart} s ahead`);
      }
    }),
    { numRuns: 300 },
  );
});
