/** What an operator's word makes of a virtual router, on edges that work. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { WorkingRouter } from '../../src/app/router.ts';
import { type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { seconds, utc } from '../../src/lib/time.ts';
import { keptLog } from '../control/support.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';
import { configOf, SMALLEST } from './config/support.ts';

const FOOTING = { fault: undefined, primary: parseIpAddress('198.18.51.1') as IpAddress };

let clock: VirtualClock;
let did: string[];
let router: WorkingRouter;
beforeEach(async () => {
  clock = new VirtualClock();
  did = [];
  const config = configOf({ environment: SMALLEST }).vrrp['default'];
  assert.ok(config !== undefined);
  router = new WorkingRouter({
    name: 'web',
    config,
    log: keptLog(),
    onStateChange: ({ to, detail }) => did.push(`${to}: ${detail}`),
    ports: {
      clock,
      utc: () => utc(0),
      wire: {
        send: (packet, done) => {
          did.push(`priority ${priorityIn(packet)}`);
          done();
        },
        whenRead: callback => setImmediate(callback),
      },
      addresses: {
        acquire: (_, done) => done(),
        release: done => {
          did.push('release');
          done();
        },
      },
      announcer: { announce: done => done() },
    },
  });
});

/** The third octet behind the IPv4 header: type, VRID, priority (RFC 9568 §5.1). */
function priorityIn(packet: Uint8Array): number | undefined {
  return packet[((packet[0] ?? 0) & 0x0f) * 4 + 2];
}

async function master(): Promise<void> {
  router.footingChanged(FOOTING);
  router.start();
  await clock.pass(seconds(4));
  assert.equal(router.isMaster, true);
  did.length = 0;
}

test('yielding, it advertises priority 1 at once and stays master', async () => {
  await master();
  router.stand('yielding');
  await settle();
  assert.deepEqual([did, router.isMaster, router.effectivePriority], [['priority 1'], true, 1]);
  router.stand('full');
  await settle();
  assert.deepEqual([did.slice(1), router.effectivePriority], [['priority 100'], 100]);
});

test('kept away, it resigns and never says its priority again', async () => {
  await master();
  router.stand('yielding');
  router.stand('away');
  await settle();
  assert.deepEqual(did, ['priority 1', 'priority 0', 'release', 'fault: drained by an operator']);
  router.footingChanged({ ...FOOTING, primary: parseIpAddress('198.18.51.2') as IpAddress });
  router.trackersChanged([]);
  await clock.pass(seconds(30));
  assert.equal(did.length, 4);
});

test('kept away before its start, it does not take part; let in, it does', async () => {
  router.stand('away');
  router.footingChanged(FOOTING);
  router.start();
  await clock.pass(seconds(30));
  assert.deepEqual(did, ['fault: drained by an operator']);
  router.stand('full');
  await clock.pass(seconds(4));
  assert.equal(router.isMaster, true);
});

test('let in again while something else stands against it, it stays in fault', async () => {
  router.footingChanged(FOOTING);
  router.start();
  router.stand('away');
  router.footingChanged({ fault: 'interface eth0 is down', primary: FOOTING.primary });
  router.stand('full');
  await clock.pass(seconds(30));
  assert.equal(router.runner.router.state.name, 'fault');
});
