/** The docker tracker on a source of the test's making. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { type ContainerEnd, type ContainerLook, DockerProbe } from '../../src/probes/docker.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function setUp() {
  let look: ContainerLook = { kind: 'serving', detail: 'running' };
  const lists = new Set<() => void>();
  const ends = new Set<(end: ContainerEnd) => void>();
  const clock = new VirtualClock();
  const probe = new DockerProbe(
    {
      look: () => look,
      onList: listener => {
        lists.add(listener);
        return () => lists.delete(listener);
      },
      onEnd: listener => {
        ends.add(listener);
        return () => ends.delete(listener);
      },
    },
    clock,
  );
  const notices: (Outcome | undefined)[] = [];
  const stop = probe.watch(finding => notices.push(finding));
  return {
    clock,
    notices,
    stop,
    listeners: () => lists.size + ends.size,
    set: (next: ContainerLook) => {
      look = next;
      for (const listener of lists) listener();
    },
    end: (reason: string, over: boolean) => {
      for (const listener of ends) listener({ reason, over });
    },
    check: () => probe.check(),
  };
}

describe('docker probe', () => {
  it('passes and fails as the container is seen', async () => {
    const { check, set } = setUp();
    assert.deepEqual(await check(), { ok: true, detail: 'running' });
    set({ kind: 'failing', detail: 'not running (exited)' });
    assert.deepEqual(await check(), { ok: false, detail: 'not running (exited)' });
  });

  it('tells nothing while Docker cannot be asked', async () => {
    const { check, set } = setUp();
    set({ kind: 'unsure', detail: 'last known: running; Docker does not answer' });
    assert.deepEqual(await check(), { ok: undefined, detail: 'last known: running; Docker does not answer' });
  });

  it('asks for a check with every list, and reports an end at once', () => {
    const { set, end, notices } = setUp();
    set({ kind: 'serving', detail: 'running' });
    end('died with exit code 137', true);
    assert.deepEqual(notices, [undefined, { ok: false, detail: 'died with exit code 137' }]);
  });

  it('does not take a container that was told to stop for healthy while it lingers', async () => {
    const { clock, check, end } = setUp();
    end('is being stopped (signal 15)', false);
    await clock.pass(seconds(10));
    assert.equal((await check()).ok, undefined);
    await clock.pass(seconds(2));
    assert.equal((await check()).ok, true, 'it survived the signal');
  });

  it('is up again as soon as a container that died is back', async () => {
    const { clock, check, end } = setUp();
    end('is being stopped (signal 15)', false);
    await clock.pass(milliseconds(500));
    end('died with exit code 0', true);
    assert.deepEqual(await check(), { ok: true, detail: 'running' });
  });

  it('stops listening when told', () => {
    const { stop, listeners } = setUp();
    stop();
    assert.equal(listeners(), 0);
  });
});
