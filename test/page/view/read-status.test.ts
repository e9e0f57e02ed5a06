/** Reading a status that anybody may have sent: its numbers stay such that what is added up of them can be drawn. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaleOf, segmentsOf } from '../../../src/page/view/priority.ts';
import { readStatus } from '../../../src/page/view/read-status.ts';

test('numbers that no sum can hold are read as the largest that can be counted with', () => {
  const contributions = [{ delta: 1.7e308 }, { delta: 1.7e308 }, { delta: -1.7e308 }, { delta: 'x' }];
  const status = readStatus(JSON.stringify({ routers: [{ contributions }] }));
  const [router] = status?.routers ?? [];
  assert.ok(status !== undefined && router !== undefined);
  const most = Number.MAX_SAFE_INTEGER;
  assert.deepEqual(
    router.contributions.map(({ delta }) => delta),
    [most, most, -most, 0],
  );
  assert.ok(Number.isFinite(scaleOf([router])));
  assert.ok(segmentsOf(router).every(({ amount }) => Number.isFinite(amount)));
});

test('a number where a text belongs is that number, if it is one', () => {
  for (const [sent, read] of [
    ['7', '7'],
    ['1e999', ''],
    ['true', ''],
  ])
    assert.equal(readStatus(`{"routers":[],"node":${sent}}`)?.node, read, sent);
});
