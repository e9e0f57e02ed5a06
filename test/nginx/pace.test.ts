/** Reloads come half a second apart, and no more within a minute than are allowed. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant } from '../../src/lib/time.ts';
import { freeAt, NO_RELOADS, noteReload, type Pace } from '../../src/nginx/pace.ts';

const at = (second: number) => instant(second * 1_000_000);

/** The seconds at which reloads happen when each is asked for at once after the one before. */
function reloads(count: number, perMinute: number): number[] {
  let pace: Pace = NO_RELOADS;
  let now = at(0);
  return Array.from({ length: count }, () => {
    now = freeAt(pace, now, perMinute);
    pace = noteReload(pace, now, perMinute);
    return now / 1_000_000;
  });
}

describe('the pace of reloads', () => {
  it('lets the first go at once and the others half a second later', () => {
    assert.deepEqual(reloads(4, 60), [0, 0.5, 1, 1.5]);
  });

  it('lets so many go within any minute', () => {
    assert.deepEqual(reloads(7, 3), [0, 0.5, 1, 60, 60.5, 61, 120]);
    assert.deepEqual(reloads(3, 1), [0, 60, 120]);
  });

  it('keeps nobody waiting who comes late', () => {
    const pace = noteReload(noteReload(NO_RELOADS, at(0), 2), at(50), 2);
    assert.equal(freeAt(pace, at(100), 2), at(100));
    assert.equal(freeAt(pace, at(55), 2), at(60));
  });
});
