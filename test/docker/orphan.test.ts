/** In a namespace without interfaces: when to wait, when a restart joins the new one, when only a new container helps. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advise, type Orphanhood, STEADY, steadyFrom } from '../../src/docker/orphan.ts';
import type { ContainerState } from '../../src/docker/snapshot.ts';
import { after, instant, milliseconds } from '../../src/lib/time.ts';
import { container } from '../support/containers.ts';

const ALONE: Orphanhood = { aloneSince: instant(5_000_000), ownerChangedAt: undefined };
const LONG_AFTER = instant(60_000_000);

describe('in a network namespace without interfaces', () => {
  it('leaves when the owner runs', () => {
    assert.equal(advise(container('nginx'), ALONE, LONG_AFTER), 'leave');
  });

  for (const state of ['created', 'paused', 'restarting', 'removing', 'exited', 'dead'] as ContainerState[])
    it(`waits while the owner is ${state}: Docker could not start us again`, () => {
      assert.equal(advise(container('nginx', { state }), ALONE, LONG_AFTER), 'wait');
    });

  it('waits until the owner has run for a while since it was heard to start', () => {
    const startedAt = instant(50_000_000);
    const orphanhood = { ...ALONE, ownerChangedAt: startedAt };
    const tooEarly = after(startedAt, milliseconds(1_999));
    assert.equal(advise(container('nginx'), orphanhood, tooEarly), 'wait');
    assert.equal(advise(container('nginx'), orphanhood, after(startedAt, STEADY)), 'leave');
  });

  it('waits as long since the interfaces went, where no start was heard of: a list may be behind', () => {
    const listed = after(ALONE.aloneSince, milliseconds(100));
    assert.equal(advise(container('nginx'), ALONE, listed), 'wait');
    assert.equal(steadyFrom(ALONE), after(ALONE.aloneSince, STEADY));
  });

  it('a start before the interfaces went counts for nothing', () => {
    const orphanhood = { ...ALONE, ownerChangedAt: instant(1_000_000) };
    assert.equal(steadyFrom(orphanhood), steadyFrom(ALONE));
  });

  it('asks for a new container when there is no such owner any more', () => {
    assert.equal(advise(undefined, ALONE, LONG_AFTER), 'recreate');
  });

  it('stays where the owner itself is on no network: the namespace is still its own', () => {
    const lonely = [{ networks: [] }, { networkMode: 'none' }, { networkMode: 'host' }];
    for (const parts of lonely)
      assert.equal(advise(container('nginx', parts), ALONE, LONG_AFTER), 'stay', JSON.stringify(parts));
  });
});
