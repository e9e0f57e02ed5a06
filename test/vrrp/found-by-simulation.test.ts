/** What the simulator found, each once more by itself and in slow motion. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../src/lib/time.ts';
import { leaseSeconds } from '../../src/vrrp/timing.ts';
import { Bench } from '../app/runner-bench.ts';
import { masterOf } from './support.ts';

test('a priority that changes more often than the advertisement timer fires does not starve the lease', () => {
  const led = masterOf();
  const began = led.now / 1_000;
  const lease = seconds(leaseSeconds(led.router.parameters));
  let renewedAt = led.now;
  for (let ms = 900; ms < 20_000; ms += 900) {
    led.retune(began + ms, { priority: led.router.parameters.priority === 100 ? 90 : 100 });
    if (led.effects.some(({ type }) => type === 'acquireAddresses')) renewedAt = led.now;
    assert.ok(led.now - renewedAt < lease, `not renewed for ${led.now - renewedAt} us`);
  }
});

test('a master announces its addresses again every 30 s, for a rival that it never heard may have pulled the traffic', () => {
  const led = masterOf();
  const end = led.now + seconds(200);
  let announcedAt = led.now;
  while (led.now < end) {
    led.wait();
    if (!led.did.includes('announceAddresses')) continue;
    assert.ok(led.now - announcedAt <= seconds(30), `silent for ${led.now - announcedAt} us`);
    announcedAt = led.now;
  }
  assert.ok(led.now - announcedAt < seconds(30));
});

test('a runner is not idle while a shutdown waits behind a timeout that was due at the same time', () => {
  const bench = new Bench().master();
  bench.unread = [];
  bench.ring();
  bench.runner.tell({ type: 'shutdown' });
  let idleAfter: readonly string[] | undefined;
  bench.runner.whenIdle(() => {
    idleAfter = [...bench.log];
  });
  bench.read();
  assert.deepEqual(idleAfter?.slice(-3), ['send 0', 'release', 'master → init']);
});
