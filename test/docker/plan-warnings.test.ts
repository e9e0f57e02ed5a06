/** What a plan warns of that leaves nothing out: zones that are given more than was asked for, and never more than a status can hold. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planBackends } from '../../src/docker/backends.ts';
import { bounded } from '../../src/docker/limits.ts';
import type { ContainerSnapshot } from '../../src/docker/snapshot.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { container, snapshotOf } from '../support/containers.ts';

const warnings = (containers: readonly ContainerSnapshot[]) =>
  planBackends(snapshotOf(...containers), { excluded: new Set(), networks: undefined }, nearest).warnings;
const many = (count: number, labels: Record<string, string>) =>
  Array.from({ length: count }, (_, at) => container(`app-${at}`, { labels }));

describe('the warnings of a plan', () => {
  it('name a zone that its servers do not fit in, with what nginx gets', () => {
    const zoned = { 'locum.upstream': 'app', 'locum.upstream.app.zone': '128k' };
    assert.deepEqual(warnings(many(32, zoned)), []);
    assert.deepEqual(warnings(many(33, zoned)), [
      'upstream app: a zone of 128k has no room to spare for its servers; it gets 192k',
    ]);
  });

  it('are a bounded number, the rest counted', () => {
    const told = warnings(many(1_000, { 'locum.prot': '80' }));
    assert.equal(told.length, 257);
    assert.equal(told[0], 'container app-0: unknown label "locum.prot"; did you mean locum.port?');
    assert.equal(told.at(-1), 'and 744 more');
  });
});

describe('bounding', () => {
  it('keeps what is within the bound as it is', () => {
    assert.deepEqual(bounded(['a', 'b'], 2), ['a', 'b']);
    assert.deepEqual(bounded(['a', 'b', 'c'], 2), ['a', 'b', 'and 1 more']);
  });
});
