/** What the bench makes of a capture: adverts, gaps, takeovers, and the machine's own stalls in them. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Advert, advertsIn, gapsOf } from './gaps.ts';
import { standstill } from './stalls.ts';

const advert = (atMs: number, source = '198.18.51.11'): Advert => ({
  atUs: atMs * 1_000,
  source,
  priority: 100,
});

describe('adverts in a capture', () => {
  const frame = (protocol: number): Uint8Array => {
    const bytes = new Uint8Array(14 + 24 + 12);
    bytes.set([0x08, 0x00], 12);
    // An IP header with options is longer.
    bytes.set([0x46], 14);
    bytes.set([protocol], 14 + 9);
    bytes.set([198, 18, 51, 11], 14 + 12);
    bytes.set([0x31, 51, 98], 14 + 24);
    return bytes;
  };

  it('are those of VRRP, with sender and priority', () => {
    const frames = [frame(112), frame(6), new Uint8Array(20)].map(bytes => ({ atUs: 7, bytes }));
    assert.deepEqual(advertsIn(frames), [{ atUs: 7, source: '198.18.51.11', priority: 98 }]);
  });
});

describe('gaps', () => {
  it('have a mean, quantiles and a worst, and the worst are named', () => {
    const gaps = gapsOf([0, 10, 20, 30, 55, 60].map(at => advert(at)));
    assert.equal(gaps.adverts, 6);
    assert.equal(gaps.meanMs, 12);
    assert.equal(gaps.worstMs, 25);
    assert.equal(gaps.takeovers, 0);
    assert.deepEqual(gaps.worst[0], { atS: 0.055, ms: 25, stalledMs: 0 });
  });

  it('are counted across a takeover, and a change of the sender is one', () => {
    const gaps = gapsOf([advert(0), advert(36, '198.18.51.12'), advert(46, '198.18.51.12'), advert(50)]);
    assert.equal(gaps.takeovers, 2);
    assert.equal(gaps.worstMs, 36);
  });

  it('show how much of each the machine stood still', () => {
    const stalls = [
      { beginMs: 12, endMs: 22 },
      { beginMs: 15, endMs: 25 },
      { beginMs: 100, endMs: 200 },
    ];
    const gaps = gapsOf(
      [0, 10, 40, 55].map(at => advert(at)),
      stalls,
    );
    assert.deepEqual(gaps.worst[0], { atS: 0.04, ms: 30, stalledMs: 13 });
    assert.equal(gaps.worstOwnMs, 17);
  });
});

describe('the time for which the machine stood still', () => {
  it('counts processors that overlap once, in any order, and only what lies within', () => {
    const within = standstill([
      { beginMs: 50, endMs: 60 },
      { beginMs: 10, endMs: 20 },
      { beginMs: 15, endMs: 30 },
    ]);
    assert.equal(within(0, 100), 30);
    assert.equal(within(12, 55), 23);
    assert.equal(within(30, 50), 0);
    assert.equal(within(16, 17), 1);
  });

  it('is nothing without stalls', () => assert.equal(standstill([])(0, 100), 0));
});
