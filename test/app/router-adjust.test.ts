/** A virtual router whose configuration changes while it works. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { RouterConfig } from '../../src/app/config/config.ts';
import type { Footing } from '../../src/app/footing.ts';
import { WorkingRouter } from '../../src/app/router.ts';
import { type Cidr, type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { seconds, utc } from '../../src/lib/time.ts';
import { keptLog } from '../control/support.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';
import { configOf, SMALLEST } from './config/support.ts';

const ip = (text: string): IpAddress => parseIpAddress(text) as IpAddress;
const cidr = (text: string): Cidr => ({ address: ip(text), prefixLength: 24 });

const FOOTING: Footing = { fault: undefined, primary: ip('198.18.51.1'), peers: [] };
const CONFIG = configOf({ environment: SMALLEST }).vrrp['default'] as RouterConfig;

let clock: VirtualClock;
let did: string[];
let router: WorkingRouter;

beforeEach(async () => {
  clock = new VirtualClock();
  did = [];
  router = new WorkingRouter({
    name: 'web',
    config: CONFIG,
    log: keptLog(),
    onStateChange: ({ to }) => did.push(to),
    ports: {
      clock,
      utc: () => utc(0),
      wire: {
        send: (packet, done) => {
          const start = ((packet[0] ?? 0) & 0x0f) * 4;
          const destination = packet.subarray(16, 20).join('.');
          did.push(`${destination} priority ${packet[start + 2]}, ${packet[start + 3]} addresses`);
          done();
        },
        whenRead: callback => setImmediate(callback),
      },
      addresses: {
        acquire: (_, done) => {
          did.push('acquire');
          done();
        },
        release: done => {
          did.push('release');
          done();
        },
      },
      announcer: {
        announce: done => {
          did.push('announce');
          done();
        },
      },
    },
  });
  router.footingChanged(FOOTING);
  router.start();
  await clock.pass(seconds(4));
  assert.equal(router.isMaster, true);
  did.length = 0;
});

async function adjust(changes: Partial<RouterConfig>, footing = FOOTING): Promise<void> {
  router.adjust({ ...CONFIG, ...changes }, []);
  router.footingChanged(footing);
  await settle();
}

test('another priority is said at once, and nothing else happens', async () => {
  await adjust({ priority: 120 });
  assert.deepEqual(did, ['224.0.0.18 priority 120, 1 addresses']);
  assert.equal(router.effectivePriority, 120);
});

test('other addresses are said, held and announced at once; it stays master', async () => {
  await adjust({ vip: [...CONFIG.vip, cidr('198.18.51.101')] });
  assert.deepEqual(did, ['224.0.0.18 priority 100, 2 addresses', 'acquire', 'announce']);
  did.length = 0;
  await clock.pass(seconds(2));
  did.length = 0;
  await adjust({ vip: [...CONFIG.vip, cidr('198.18.51.101')], excludedVip: [cidr('198.18.51.102')] });
  assert.deepEqual(did, ['224.0.0.18 priority 100, 2 addresses', 'acquire', 'announce']);
  assert.equal(router.journal.becameMaster, 1);
});

test('the same configuration does nothing', async () => {
  await adjust({});
  assert.deepEqual(did, []);
});

test('to unicast: it never speaks to nobody in between', async () => {
  const peers = [ip('198.18.51.2'), ip('198.18.51.1')];
  const unicast = { peers, ttl: 255, minimumTtl: 255, checkSource: true };
  await adjust({ unicast, priority: 101 }, { ...FOOTING, peers: [ip('198.18.51.2')] });
  assert.deepEqual(did, ['198.18.51.2 priority 101, 1 addresses']);
});

test('the trackers that it follows are others at once', async () => {
  const down = { name: 'nginx', weight: -30, reverse: false, health: 'down', value: undefined } as const;
  router.adjust({ ...CONFIG, track: [] }, [down]);
  router.footingChanged(FOOTING);
  assert.equal(router.effectivePriority, 100);
  router.adjust({ ...CONFIG, priority: 90 }, [down]);
  router.footingChanged(FOOTING);
  await settle();
  assert.deepEqual(did, ['224.0.0.18 priority 60, 1 addresses']);
});
