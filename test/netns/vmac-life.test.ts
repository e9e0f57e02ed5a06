/**
 * The life of the interface with the virtual MAC: it goes at a stop, is swept after a kill whatever the configuration says then, comes back
 * when somebody takes it away, follows the interface below, and never touches what is not Locum's.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BRIDGE, onLan, portOf } from '../support/lan.ts';
import { type LocumNode, VIP } from '../support/node.ts';
import { monotonicUs, Observer } from '../support/observer.ts';
import {
  arpSettingsOf,
  becomesMaster,
  holdsBoth,
  isUp,
  linkOf,
  neighbourOf,
  startVmacNode,
  VMAC,
  VMAC_NAME,
  WITH_VMAC,
} from '../support/vmac.ts';
import { waitFor } from '../support/wait.ts';

const DEADLINE_MS = 15_000;

/** The state changes at once, its reason is told when all that belongs to the change is done. */
async function fallsIntoFault(node: LocumNode, reason: RegExp): Promise<void> {
  const falls = async (): Promise<boolean> => {
    const router = await node.router();
    return router.state === 'fault' && reason.test(router.reason);
  };
  await waitFor(falls, {
    what: `${node.name} is in fault: ${reason}`,
    deadlineMs: DEADLINE_MS,
    context: () => node.daemon.output,
  });
}

describe('the interface with the virtual MAC', { concurrency: 2 }, () => {
  test('goes at a stop, and the interface below is as it was', () =>
    onLan(async lan => {
      const one = await startVmacNode(lan, 'one', 1, { priority: 150 });
      await becomesMaster(one);
      assert.deepEqual(await arpSettingsOf(one.host), [1, 2]);
      await one.daemon.stop();
      assert.equal(await linkOf(one.host), undefined);
      assert.deepEqual(await arpSettingsOf(one.host), [0, 0]);

      // What is stricter than it must be stays.
      await one.host.inside.run('sysctl', ['-qw', 'net.ipv4.conf.eth0.arp_ignore=2']);
      await one.startDaemon();
      await becomesMaster(one);
      assert.deepEqual(await arpSettingsOf(one.host), [2, 2]);
      await one.daemon.stop();
      assert.deepEqual(await arpSettingsOf(one.host), [2, 0]);
    }));

  test('is swept after a kill, even when the configuration knows nothing of it any more', () =>
    onLan(async lan => {
      const one = await startVmacNode(lan, 'one', 1, { priority: 150 });
      await becomesMaster(one);
      const kill = async (): Promise<void> => {
        one.daemon.signal('SIGKILL');
        await one.daemon.exit;
        assert.ok((await linkOf(one.host)) !== undefined || (await linkOf(one.host, 'other0')) !== undefined);
      };
      await kill();
      const router = { ...WITH_VMAC, vrid: 52, vmac: { enabled: true, interface: 'other0' } };
      await one.configure({ priority: 150, router });
      await one.startDaemon();
      await becomesMaster(one, 'other0');
      assert.equal(await linkOf(one.host), undefined);
      assert.equal((await linkOf(one.host, 'other0'))?.address, '00:00:5e:00:01:34');

      await kill();
      await one.configure({ priority: 150 });
      await one.startDaemon();
      await one.becomes('master');
      await waitFor(() => one.holds(), { what: 'eth0 has the address', deadlineMs: DEADLINE_MS });
      assert.equal(await linkOf(one.host, 'other0'), undefined);
      assert.deepEqual(await arpSettingsOf(one.host), [0, 0]);
    }));

  test('comes back when somebody takes it down or deletes it', () =>
    onLan(async lan => {
      const one = await startVmacNode(lan, 'one', 1, { priority: 150 });
      await becomesMaster(one);
      for (const command of [
        ['link', 'set', VMAC_NAME, 'down'],
        ['link', 'delete', VMAC_NAME],
      ]) {
        await one.host.inside.run('ip', command);
        const { advertsSent } = (await one.router()).counters;
        await waitFor(() => holdsBoth(one.host), {
          what: `it is back after ${command.join(' ')}`,
          deadlineMs: DEADLINE_MS,
          context: () => one.daemon.output,
        });
        const router = await one.router();
        assert.equal(router.state, 'master');
        assert.ok(router.counters.advertsSent >= advertsSent);
        assert.equal(router.counters.releasedMaster, 0);
      }
      assert.match(one.daemon.output, /somebody deleted the interface or took it down/);
    }));

  test('of a stranger is named, at the start and later, and left alone', () =>
    onLan(async lan => {
      const one = await startVmacNode(lan, 'one', 1, { priority: 150 });
      await one.daemon.stop();
      const { inside } = one.host;
      await inside.run('ip', ['link', 'add', VMAC_NAME, 'type', 'bridge']);
      const refused = await one.spawnDaemon();
      assert.notEqual((await refused.exit).code, 0);
      assert.match(
        refused.output,
        /vrrp\.web\.vmac\.interface: vrrp\.51 is there already, a bridge, and is not Locum's/,
      );
      await inside.run('ip', ['link', 'delete', VMAC_NAME]);

      await one.startDaemon();
      await becomesMaster(one);
      one.daemon.signal('SIGSTOP');
      await inside.run('ip', ['link', 'delete', VMAC_NAME]);
      await inside.run('ip', ['link', 'add', VMAC_NAME, 'type', 'bridge']);
      one.daemon.signal('SIGCONT');
      await fallsIntoFault(one, /an interface vrrp\.51 is there already, a bridge/);
      await inside.run('ip', ['link', 'delete', VMAC_NAME]);
      await becomesMaster(one);
    }));

  test('follows the interface below: down, away, and made again', () =>
    onLan(async lan => {
      const one = await startVmacNode(lan, 'one', 1, { priority: 150 });
      await becomesMaster(one);
      await lan.setCable(one.host, 'down');
      await fallsIntoFault(one, /eth0 is down/);
      await waitFor(async () => !(await isUp(one.host)), { what: 'lowered', deadlineMs: DEADLINE_MS });
      await lan.setCable(one.host, 'up');
      await becomesMaster(one);

      const port = portOf(one.host);
      await lan.bridge.run('ip', ['link', 'delete', port]);
      await fallsIntoFault(one, /eth0 is gone/);
      const peer = ['peer', 'name', 'eth0', 'netns', String(one.host.inside.pid)];
      await lan.bridge.runOnNetwork('ip', ['link', 'add', port, 'type', 'veth', ...peer]);
      await lan.bridge.run('ip', ['link', 'set', port, 'master', BRIDGE, 'up']);
      await one.host.inside.run('ip', ['address', 'add', '198.18.51.1/24', 'dev', 'eth0']);
      await one.host.inside.run('ip', ['link', 'set', 'eth0', 'up']);
      await becomesMaster(one);
      assert.equal((await linkOf(one.host))?.address, VMAC);
      assert.deepEqual(await arpSettingsOf(one.host), [1, 2]);
    }));

  test('lies beside a node that is a macvlan itself, as in compose/macvlan.yaml', () =>
    onLan(async lan => {
      const client = await lan.host('client', '198.18.51.9/24');
      const nodes = await Promise.all(
        [1, 2].map(last => startVmacNode(lan, `node${last}`, last, { priority: 200 - last })),
      );
      for (const [i, node] of nodes.entries()) {
        await node.daemon.stop();
        const { inside } = node.host;
        // In the host's namespace it has no address and answers nobody.
        await inside.run('ip', ['link', 'set', 'eth0', 'down']);
        await inside.run('ip', ['link', 'set', 'eth0', 'name', 'nic0']);
        await inside.run('ip', ['address', 'flush', 'dev', 'nic0']);
        await inside.run('ip', ['link', 'set', 'nic0', 'arp', 'off', 'up']);
        await inside.run('ip', ['link', 'add', 'eth0', 'link', 'nic0', 'type', 'macvlan', 'mode', 'bridge']);
        await inside.run('ip', ['address', 'add', `198.18.51.${i + 1}/24`, 'dev', 'eth0']);
        await inside.run('ip', ['link', 'set', 'eth0', 'up']);
        await node.startDaemon();
      }
      const [one, two] = nodes;
      assert.ok(one !== undefined && two !== undefined);
      await becomesMaster(one);
      const seen = await Observer.start(client, { address: VIP });
      await seen.answerOf('node1', 0, DEADLINE_MS);
      assert.equal(await neighbourOf(client), VMAC);
      const since = monotonicUs();
      one.daemon.signal('SIGKILL');
      await becomesMaster(two);
      await seen.answerOf('node2', since, DEADLINE_MS);
      await seen.stop();
      assert.equal(await neighbourOf(client), VMAC);
    }));

  test('is one of twenty on one interface', () =>
    onLan(async lan => {
      const routers = Array.from({ length: 20 }, (_, i) => i + 1).map(vrid => [
        `r${vrid}`,
        {
          ...structuredClone(WITH_VMAC),
          vrid,
          vip: [`198.18.51.${100 + vrid}/24`],
          interface: 'eth0',
          priority: 150,
        },
      ]);
      const sections = { vrrp: Object.fromEntries(routers) };
      const one = await startVmacNode(lan, 'one', 1, { priority: 150, sections });
      const all = async (): Promise<boolean> => {
        const status = await one.status();
        return status.routers.every(
          ({ state, vmac, vips }) => state === 'master' && vmac?.up === true && vips[0]?.present,
        );
      };
      await waitFor(all, { what: 'all are masters', deadlineMs: DEADLINE_MS });
      await one.daemon.stop();
      const left = await one.host.inside.run('ip', ['link', 'show', 'type', 'macvlan']);
      assert.equal(left, '');
      assert.deepEqual(await arpSettingsOf(one.host), [0, 0]);
    }));

  test('needs no writable /proc/sys', () =>
    onLan(async lan => {
      const one = await startVmacNode(lan, 'one', 1, { priority: 150 });
      await one.daemon.stop();
      const { inside } = one.host;
      await inside.run('mount', ['--bind', '/proc/sys', '/proc/sys']);
      await inside.run('mount', ['-o', 'remount,bind,ro', '/proc/sys']);
      await one.startDaemon();
      await becomesMaster(one);
      assert.deepEqual(await arpSettingsOf(one.host), [1, 2]);
      assert.match(one.daemon.output, /net\.ipv6\.conf\.vrrp\.51\.disable_ipv6=1 cannot be set/);
      await one.daemon.stop();
      assert.deepEqual(await arpSettingsOf(one.host), [0, 0]);
    }));
});
