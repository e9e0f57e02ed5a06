/** The interface tracker on a source of the test's making; test/app/trackers-netlink.test.ts has it in a real kernel. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type InterfaceLook, InterfaceProbe } from '../../src/probes/interface.ts';

const check = (look: InterfaceLook | undefined) =>
  new InterfaceProbe('eth1', { look: async () => look, onChange: () => () => undefined }).check();

describe('interface probe', () => {
  it('passes while the interface is up and running', async () => {
    assert.deepEqual(await check({ up: true, running: true }), {
      ok: true,
      detail: 'eth1 is up and running',
    });
  });

  it('fails when it is down, has no carrier, or is not there', async () => {
    assert.deepEqual(await check({ up: false, running: false }), { ok: false, detail: 'eth1 is down' });
    assert.deepEqual(await check({ up: true, running: false }), { ok: false, detail: 'eth1 has no carrier' });
    assert.deepEqual(await check(undefined), { ok: false, detail: 'there is no interface eth1' });
  });

  it('asks for a check at each change, until told to stop', () => {
    const listeners = new Set<() => void>();
    const probe = new InterfaceProbe('eth1', {
      look: async () => undefined,
      onChange: listener => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    const notices: unknown[] = [];
    const stop = probe.watch(finding => notices.push(finding));
    for (const listener of listeners) listener();
    stop();
    assert.deepEqual([notices, listeners.size], [[undefined], 0]);
  });
});
