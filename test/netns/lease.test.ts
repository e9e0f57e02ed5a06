/** The lease (DESIGN: a VIP is added with a finite lifetime): whatever ends or stops the sidecar, no address stays behind. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AddressMonitor } from '../support/address-monitor.ts';
import { addressesOf, type Host, type Lan, onLan } from '../support/lan.ts';
import { LocumNode, masterIs, VIP_CIDR } from '../support/node.ts';
import { monotonicUs } from '../support/observer.ts';
import { holdsFor, waitFor } from '../support/wait.ts';

const LEASE_SLACK_MS = 500;

function startPair(lan: Lan): Promise<[LocumNode, LocumNode]> {
  return Promise.all([
    LocumNode.start(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 }),
    LocumNode.start(lan, 'node-b', { address: '198.18.51.12/24', priority: 98 }),
  ]);
}

async function leaseOf(node: LocumNode): Promise<number> {
  const { leaseSeconds } = await node.router();
  assert.ok(leaseSeconds !== null && leaseSeconds >= 2, `a lease of ${leaseSeconds} s`);
  return leaseSeconds;
}

/** Milliseconds until the address has left the host. */
async function goneAfterMs(
  host: Host,
  monitor: AddressMonitor,
  sinceUs: number,
  deadlineMs: number,
): Promise<number> {
  const gone = await waitFor(
    () => monitor.changes.find(change => change.address === VIP_CIDR && !change.present),
    {
      what: `the address leaves ${host.name}`,
      deadlineMs,
    },
  );
  return (gone.atUs - sinceUs) / 1_000;
}

describe('the lease', { concurrency: true }, () => {
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    test(`${signal} to the master's sidecar: its address is gone within the lease, and the other node has it`, () =>
      onLan(async lan => {
        const [a, b] = await startPair(lan);
        await masterIs(a, [a, b]);
        const leaseMs = (await leaseOf(a)) * 1_000;
        const monitor = await AddressMonitor.start(a.host);
        const sinceUs = monotonicUs();
        a.daemon.signal(signal);
        const goneMs = await goneAfterMs(a.host, monitor, sinceUs, leaseMs + 2_000);
        assert.ok(goneMs <= leaseMs + LEASE_SLACK_MS, `gone after ${goneMs} ms, the lease is ${leaseMs} ms`);
        await b.becomes('master');
        assert.equal(await b.holds(), true);
        if (signal === 'SIGSTOP') {
          a.daemon.signal('SIGCONT');
          await masterIs(a, [a, b]);
        }
      }));
  }

  test('is renewed while the master lives', () =>
    onLan(async lan => {
      const node = await LocumNode.start(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 });
      await node.becomes('master');
      const leaseMs = (await leaseOf(node)) * 1_000;
      await holdsFor(async () => ((await addressesOf(node.host)).get(VIP_CIDR) ?? 0) > 0, {
        what: 'the address stays',
        forMs: leaseMs + 1_500,
        everyMs: 100,
      });
    }));

  test('what a former run left behind is swept at start, a permanent address is not', () =>
    onLan(async lan => {
      const node = await LocumNode.create(lan, 'node-b', { address: '198.18.51.12/24', priority: 98 });
      const other = await LocumNode.start(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 });
      await other.becomes('master');
      const { inside } = node.host;
      await inside.run('ip', [
        'address',
        'add',
        VIP_CIDR,
        'dev',
        'eth0',
        'valid_lft',
        '300',
        'preferred_lft',
        '300',
      ]);
      await inside.run('ip', ['address', 'add', '198.18.51.200/24', 'dev', 'eth0']);
      await node.nginx.start();
      await node.startDaemon();
      await node.becomes('backup');
      await waitFor(async () => !(await node.holds()), { what: 'the leftover is swept', deadlineMs: 2_000 });
      assert.equal((await addressesOf(node.host)).get('198.18.51.200/24'), Number.POSITIVE_INFINITY);
    }));

  test('an address that somebody deletes comes back, and it is announced', () =>
    onLan(async lan => {
      const [a, b] = await startPair(lan);
      await masterIs(a, [a, b]);
      await a.host.inside.run('ip', ['address', 'del', VIP_CIDR, 'dev', 'eth0']);
      await masterIs(a, [a, b], 5_000);
    }));
});
