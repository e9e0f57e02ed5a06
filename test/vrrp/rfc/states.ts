/** Requirements 37 to 56: the states and their timers. */

import assert from 'node:assert/strict';
import { centiseconds, seconds } from '../../../src/lib/time.ts';
import { handOverSkew, masterDownInterval, skewTime } from '../../../src/vrrp/timing.ts';
import { asBackup, asMaster, assertion, backupOf, HIGHER, Led, masterOf, PEER, THIRD } from '../support.ts';
import { holds, refuses } from './prove.ts';

const RFC = { timing: 'rfc' } as const;
const nowOf = (led: Led): number => led.now / 1_000;
const DOWN = masterDownInterval(3, 100, seconds(1));

holds(37, 'version 3: (256 - priority) / 256 of the interval, and three intervals more', () => {
  assert.equal(skewTime(3, 100, seconds(2)), 1_218_750);
  assert.equal(masterDownInterval(3, 100, seconds(2)), 7_218_750);
});
refuses(37, 'version 2: the skew does not depend on the interval', () => {
  assert.equal(skewTime(2, 100, seconds(9)), skewTime(2, 100, seconds(1)));
  assert.equal(masterDownInterval(2, 100, seconds(9)), 27_609_375);
});

holds(38, 'the owner starts as master: advertisement, addresses, announcement, timer', () => {
  const led = new Led({ priority: 255 }).start();
  assert.deepEqual(led.did, [...assertion(255), 'init → master: owner']);
  assert.equal(asMaster(led.state).advertiseAt, seconds(1));
});
refuses(38, 'nobody else starts as master, not even with 254', () => {
  assert.deepEqual(new Led({ priority: 254 }).start().did, ['init → backup: startup']);
});

holds(39, 'the others start as backup with a whole master-down interval', () => {
  const led = new Led().start();
  assert.equal(led.state.name, 'backup');
  assert.equal(led.remaining, DOWN);
});
refuses(39, 'starting puts nothing on the wire', () => {
  assert.deepEqual(new Led().start().did, ['init → backup: startup']);
});

holds(42, 'shutdown takes a backup to init, without a timer', () => {
  const led = backupOf().input(1, { type: 'shutdown' });
  assert.equal(led.state.name, 'init');
  assert.equal(led.deadline, undefined);
});
refuses(42, 'a backup that shuts down says nothing, and its old timer does nothing', () => {
  const led = backupOf().input(1, { type: 'shutdown' });
  assert.deepEqual(led.did, ['backup → init: shutdown']);
  assert.deepEqual(led.timeout(10_000).did, []);
});

holds(43, 'silence for the master-down interval makes a backup master', () => {
  const led = backupOf().wait();
  assert.equal(led.now, DOWN);
  assert.deepEqual(led.did, [...assertion(), 'backup → master: master-silent']);
  assert.equal(asMaster(led.state).advertiseAt - led.now, seconds(1));
});
refuses(43, 'a microsecond less does not', () => {
  assert.deepEqual(backupOf().timeout((DOWN - 1) / 1_000).did, []);
});

holds(44, 'priority 0 makes a backup wait only the skew time', () => {
  for (const version of [2, 3] as const) {
    const led = backupOf(200, { ...RFC, version }).hear(700, 0);
    assert.equal(led.remaining, skewTime(version, 100, seconds(1)));
    assert.equal(led.wait().state.name, 'master');
  }
});
holds(44, 'priority 0 makes a backup that may not preempt wait only the skew time', () => {
  assert.equal(
    backupOf(200, { ...RFC, preempt: false }).hear(700, 0).remaining,
    skewTime(3, 100, seconds(1)),
  );
});
refuses(44, 'fast timing waits less than the skew time and hears only the current master (deviation)', () => {
  const led = backupOf();
  assert.equal(led.hear(700, 0, THIRD).deadline?.at, DOWN);
  assert.equal(led.hear(700, 0).remaining, handOverSkew(3, 100, seconds(1)));
});

holds(45, 'an equal or higher priority starts the timer anew, with the interval it brings', () => {
  for (const priority of [100, 101, 255]) {
    const led = new Led(RFC).start().hear(900, priority, PEER, { interval: centiseconds(50) });
    assert.equal(led.remaining, masterDownInterval(3, 100, centiseconds(50)));
  }
});
holds(45, 'who may not preempt takes any priority but 0 for a master', () => {
  assert.equal(new Led({ ...RFC, preempt: false }).start().hear(900, 1).remaining, DOWN);
});
refuses(45, 'version 2 keeps its own interval', () => {
  const led = new Led({ version: 2 }).start().hear(900, 200, PEER, { version: 2, interval: seconds(5) });
  assert.equal(led.remaining, DOWN);
});

holds(46, 'a lower priority leaves the timer of a backup that preempts alone', () => {
  const led = backupOf(200, RFC);
  for (const priority of [1, 50, 99]) assert.equal(led.hear(900, priority).deadline?.at, DOWN);
  assert.equal(led.wait().now, DOWN);
});
refuses(46, 'a lower priority is not adopted: neither its sender nor its interval', () => {
  const led = backupOf(200, RFC).hear(900, 50, THIRD, { interval: seconds(9) });
  const { master, masterInterval } = asBackup(led.state);
  assert.deepEqual([master?.address, masterInterval], [PEER, seconds(1)]);
});
refuses(
  46,
  'fast timing takes over soon when the current master sinks (deviation), not for a third router',
  () => {
    const led = backupOf();
    assert.equal(led.hear(900, 50, THIRD).deadline?.at, DOWN);
    assert.equal(led.hear(900, 50).remaining, handOverSkew(3, 100, seconds(1)));
  },
);

holds(47, 'an owner that gave way to another owner preempts a lesser master without leave', () => {
  for (const timing of ['fast', 'rfc'] as const) {
    const led = masterOf({ priority: 255, preempt: false, timing }).hear(0, 255, HIGHER);
    const due = led.deadline?.at;
    assert.equal(led.hear(900, 254, THIRD).deadline?.at, due);
  }
});
refuses(47, 'without leave nobody else does', () => {
  const led = new Led({ priority: 254, preempt: false, timing: 'rfc' }).start();
  const due = led.deadline?.at;
  assert.notEqual(led.hear(900, 1, THIRD).deadline?.at, due);
});

holds(50, 'shutdown of a master: one advertisement of priority 0, the addresses released, init', () => {
  const led = masterOf();
  led.input(nowOf(led), { type: 'shutdown' });
  assert.deepEqual(led.did, ['advertise 0', 'releaseAddresses', 'master → init: shutdown']);
  assert.equal(led.deadline, undefined);
});
refuses(50, 'after it nothing is said any more', () => {
  const led = masterOf();
  led.input(nowOf(led), { type: 'shutdown' });
  assert.deepEqual(led.timeout(nowOf(led) + 60_000).did, []);
  assert.deepEqual(led.hear(nowOf(led) + 60_000, 0).did, []);
});

holds(51, 'the advertisement timer: an advertisement, and an interval until the next', () => {
  const led = masterOf({ advertisementInterval: seconds(10), ...RFC });
  const began = led.now;
  for (const after of [10, 20, 30]) {
    while (!led.did.includes('advertise 100') || led.now === began + seconds(after - 10)) led.wait();
    assert.equal(led.now - began, seconds(after));
    assert.equal(asMaster(led.state).advertiseAt - led.now, seconds(10));
  }
});
refuses(51, 'only a sent advertisement starts the timer anew', () => {
  const led = masterOf();
  const { advertiseAt } = asMaster(led.state);
  led.wait();
  assert.deepEqual(led.did, ['announceAddresses']);
  assert.equal(asMaster(led.state).advertiseAt, advertiseAt);
  led.hear(nowOf(led), 50).hear(nowOf(led) + 1, 50);
  const again = asMaster(led.state).advertiseAt;
  for (let i = 2; i < 90; i++) led.hear(nowOf(led) + 1, 50);
  assert.equal(asMaster(led.state).advertiseAt, again, 'answers that wait do not');
});

holds(52, 'a master that hears priority 0 advertises at once, and an interval later', () => {
  const led = masterOf();
  led.hear(nowOf(led) + 300, 0);
  assert.equal(led.did[0], 'advertise 100');
  assert.equal(asMaster(led.state).advertiseAt - led.now, seconds(1));
});
refuses(52, 'it stays master', () => {
  const led = masterOf();
  assert.equal(led.hear(nowOf(led) + 300, 0).state.name, 'master');
});

holds(53, 'a higher priority, or an equal one from a higher address, makes a master backup', () => {
  for (const [priority, source] of [
    [101, PEER],
    [255, PEER],
    [100, HIGHER],
  ] as const) {
    const led = masterOf();
    led.hear(nowOf(led), priority, source, { interval: centiseconds(20) });
    assert.equal(led.state.name, 'backup');
    assert.equal(led.remaining, masterDownInterval(3, 100, centiseconds(20)));
    assert.equal(led.did[0], 'releaseAddresses');
  }
});
refuses(53, 'a lower priority, or an equal one from a lower address, does not', () => {
  for (const [priority, source] of [
    [99, HIGHER],
    [100, PEER],
  ] as const) {
    const led = masterOf();
    assert.equal(led.hear(nowOf(led), priority, source).state.name, 'master');
  }
});

holds(54, 'a losing advertisement is discarded and answered at once', () => {
  const led = masterOf();
  led.hear(nowOf(led) + 300, 50);
  assert.deepEqual(led.did, assertion());
  assert.equal(led.state.name, 'master');
});
refuses(54, 'further ones are answered an interval or 100 ms apart (deviation)', () => {
  const led = masterOf();
  const began = nowOf(led);
  led.hear(began + 300, 50);
  assert.deepEqual(led.hear(began + 399.9, 50).did, []);
  assert.deepEqual(led.hear(began + 400, 50).did, assertion());
});

holds(55, 'a master that may not preempt yields to a higher priority all the same', () => {
  const led = masterOf({ preempt: false });
  assert.equal(led.hear(nowOf(led), 101).state.name, 'backup');
});
refuses(55, 'a master that may not preempt stands against a lower one all the same', () => {
  const led = masterOf({ preempt: false });
  assert.deepEqual(led.hear(nowOf(led), 99).did, assertion());
});

holds(56, 'between masters of equal priority the higher address wins', () => {
  const loses = masterOf();
  assert.equal(loses.hear(nowOf(loses), 100, HIGHER).state.name, 'backup');
  const wins = masterOf();
  assert.equal(wins.hear(nowOf(wins), 100, PEER).state.name, 'master');
});
refuses(56, 'a backup of equal priority does not ask for the address', () => {
  for (const source of [PEER, HIGHER]) assert.equal(new Led().start().hear(900, 100, source).remaining, DOWN);
});
