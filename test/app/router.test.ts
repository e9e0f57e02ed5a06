/** What an operator's word makes of a virtual router, on edges that work. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { RouterConfig } from '../../src/app/config/config.ts';
import type { Footing } from '../../src/app/footing.ts';
import { WorkingRouter } from '../../src/app/router.ts';
import { type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { seconds, utc } from '../../src/lib/time.ts';
import { keptLog } from '../control/support.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';
import { encodePacket, ip } from '../vrrp/support.ts';
import { configOf, SMALLEST } from './config/support.ts';

const FOOTING: Footing = {
  fault: undefined,
  primary: parseIpAddress('198.18.51.1') as IpAddress,
  peers: [],
};

let clock: VirtualClock;
let did: string[];
let router: WorkingRouter;
beforeEach(() => {
  clock = new VirtualClock();
  did = [];
  router = withConfig({});
});

function withConfig(changes: Partial<RouterConfig>): WorkingRouter {
  const config = configOf({ environment: SMALLEST }).vrrp['default'];
  assert.ok(config !== undefined);
  return new WorkingRouter({
    name: 'web',
    config: { ...config, ...changes },
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
}

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
  router.footingChanged({ ...FOOTING, fault: 'interface eth0 is down' });
  router.stand('full');
  await clock.pass(seconds(30));
  assert.equal(router.runner.router.state.name, 'fault');
});

test('with a start delay it is nothing before, and says so; what happened meanwhile counts', async () => {
  const delayed = withConfig({ startDelay: seconds(30) });
  delayed.footingChanged(FOOTING);
  delayed.start();
  await clock.pass(seconds(10));
  delayed.footingChanged({ ...FOOTING, fault: 'down' });
  await clock.pass(seconds(19));
  assert.deepEqual([did, delayed.runner.router.state.name, delayed.startsAt], [[], 'init', seconds(30)]);
  await clock.pass(seconds(2));
  assert.deepEqual([did, delayed.startsAt], [['fault: down'], undefined]);
});

test('stopped during its start delay, it never begins', async () => {
  const delayed = withConfig({ startDelay: seconds(30) });
  delayed.footingChanged(FOOTING);
  delayed.start();
  delayed.stop(() => did.push('stopped'));
  await clock.pass(seconds(60));
  assert.deepEqual(did, ['stopped']);
});

test('addresses that are not advertised are its own all the same', async () => {
  const more = withConfig({ excludedVip: [{ address: ip('198.18.51.111'), prefixLength: 24 }] });
  assert.deepEqual(more.addresses, ['198.18.51.100', '198.18.51.111']);
  assert.deepEqual(more.runner.router.parameters.addresses, ['198.18.51.100']);
});

test('unicast: what comes before the interface was read is no fault of the sender', async () => {
  const [own, peer] = [ip('198.18.51.1'), ip('198.18.51.2')];
  const unicast = { peers: [peer], ttl: 255, minimumTtl: 1, checkSource: true };
  const heard = withConfig({ unicast });
  const packet = encodePacket(
    { ...heard.runner.router.parameters, primaryAddress: peer, unicast: { ...unicast, peers: [own] } },
    150,
  );
  heard.receive(packet);
  heard.footingChanged({ ...FOOTING, peers: [peer] });
  heard.receive(packet);
  await settle();
  assert.deepEqual([heard.journal.advertsReceived, heard.journal.discards.destination], [0, 0]);
  heard.receive(packet);
  assert.equal(heard.journal.advertsReceived, 1);
});
