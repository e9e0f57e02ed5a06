/** The loop around the core: order, failures, the timer, reading before acting, and the way out. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRouterRunner } from '../../src/app/router-runner.ts';
import { instant, utc } from '../../src/lib/time.ts';
import { HIGHER, PEER, parameters, peerPacket, THIRD, unicastTo } from '../vrrp/support.ts';
import { Bench } from './runner-bench.ts';

const BECOMING_MASTER = ['send 100', 'acquire 4 s', 'announce', 'backup → master'];

test('startup arms the timer for the first deadline', () => {
  const bench = new Bench().start();
  assert.deepEqual(bench.seen, ['init → backup']);
  assert.equal(bench.armed?.at, 3_609_375);
});

test('effects happen in the order of the step', () => {
  assert.deepEqual(new Bench().start().ring().log.slice(1), BECOMING_MASTER);
});

test('each effect is finished before the next begins', () => {
  const bench = new Bench().start();
  bench.prompt = false;
  bench.ring();
  for (let n = 1; n < BECOMING_MASTER.length; n++) {
    assert.deepEqual(bench.log.slice(1), BECOMING_MASTER.slice(0, n));
    assert.equal(bench.owed.length, 1);
    bench.settle();
  }
  assert.deepEqual(bench.log.slice(1), BECOMING_MASTER);
});

test('the state is new before its effects have happened', () => {
  const bench = new Bench().start();
  bench.prompt = false;
  bench.ring();
  assert.equal(bench.runner.router.state.name, 'master');
  assert.equal(bench.idle, false);
});

test('a failure comes back as input: a master that cannot hold its addresses resigns', () => {
  const bench = new Bench().start();
  bench.prompt = false;
  bench.ring().settle().settle('EPERM');
  assert.equal(bench.runner.router.state.name, 'fault');
  bench.settleAll();
  assert.deepEqual(bench.log.slice(1), [
    'send 100',
    'acquire 4 s',
    'failed acquireAddresses: EPERM',
    'backup → master',
    'send 0',
    'release',
    'master → fault',
  ]);
});

test('a failure that is reported before the request returns works the same', () => {
  const events: string[] = [];
  const runner = createRouterRunner(parameters({ priority: 255 }), {
    clock: { now: () => instant(0), after: () => () => undefined },
    utc: () => utc(0),
    wire: { send: (_, done) => done(), whenRead: callback => callback() },
    addresses: { acquire: (_, done) => done({ message: 'EPERM' }), release: done => done() },
    announcer: { announce: done => done() },
    events: {
      received: () => undefined,
      performed: effect => events.push(effect.type),
      stateChanged: ({ to }) => events.push(to),
    },
  });
  runner.tell({ type: 'startup', fault: undefined });
  assert.equal(runner.router.state.name, 'fault');
  assert.deepEqual(events, [
    'advertise',
    'acquireAddresses',
    'master',
    'advertise',
    'releaseAddresses',
    'fault',
  ]);
});

test('three advertisements that cannot be sent end in fault', () => {
  const bench = new Bench().master();
  for (let i = 0; i < 200 && bench.runner.router.state.name === 'master'; i++) {
    bench.prompt = false;
    bench.ring();
    while (bench.owed.length > 0) bench.settle(bench.owed[0]?.what === 'send 100' ? 'ENOBUFS' : undefined);
  }
  assert.equal(bench.runner.router.state.name, 'fault');
  assert.equal(bench.log.filter(line => line === 'failed advertise: ENOBUFS').length, 3);
});

for (const [failing, outcome] of [
  [0, undefined],
  [2, undefined],
  [3, 'ENOBUFS'],
] as const)
  test(`of three unicast peers ${failing} cannot be sent to: the advertisement ${outcome === undefined ? 'is sent' : 'fails'}`, () => {
    const bench = new Bench({ unicast: unicastTo([PEER, THIRD, HIGHER]) }).start();
    bench.prompt = false;
    bench.ring();
    assert.deepEqual(
      bench.owed.map(({ what }) => what),
      ['send 100', 'send 100', 'send 100'],
    );
    for (let i = 0; i < 3; i++) bench.settle(i < failing ? 'ENOBUFS' : undefined);
    assert.equal(bench.log.includes('failed advertise: ENOBUFS'), outcome !== undefined);
    assert.ok(bench.log.includes('acquire 4 s'), 'and the next effect begins');
  });

test('an advertisement that is for nobody cannot be sent', () => {
  const bench = new Bench({ unicast: unicastTo([]) }).start().ring();
  assert.ok(bench.log.includes('failed advertise: there is nobody to advertise to'));
});

test('the timer follows the deadline, and is left alone while that stands', () => {
  const bench = new Bench().start();
  const { armings } = bench;
  bench.pass(1_000).hear(200);
  assert.equal(bench.armed?.at, 3_610_375);
  assert.equal(bench.armings, armings + 1);
  bench.pass(1_000).runner.receive(peerPacket({ vrid: 9 }));
  bench.runner.receive(peerPacket({ priority: 50, primaryAddress: THIRD }));
  assert.equal(bench.runner.router.state.name, 'backup');
  assert.equal(bench.armings, armings + 1, 'neither a discard nor a lesser router touches it');
  bench.hear(0);
  assert.equal(bench.armed?.at, bench.now + 6_240);
});

test('no deadline, no timer', () => {
  const bench = new Bench().start();
  bench.runner.tell({ type: 'fault', cause: 'eth0 is down' });
  assert.equal(bench.armed, undefined);
  bench.runner.tell({ type: 'faultCleared' });
  assert.notEqual(bench.armed, undefined);
});

test('a deadline that was moved while the timer rang: it is armed for the new one', () => {
  const bench = new Bench().start();
  bench.unread = [];
  bench.ring().hear(200);
  bench.read();
  assert.equal(bench.armed?.at, 3_609_375 * 2);
  assert.deepEqual(bench.seen, ['init → backup', 'accepted']);
});

test('a deadline in the past rings at once', () => {
  const bench = new Bench().start();
  bench.unread = [];
  bench.ring().pass(5_000_000);
  bench.runner.receive(peerPacket({ priority: 50 }));
  assert.equal(bench.armed?.at, bench.now);
});

test('receive before expiry: after a stall the packets that came meanwhile are heard before the timer', () => {
  const bench = new Bench().start();
  bench.unread = [];
  bench.pass(60_000_000).ring();
  assert.equal(bench.runner.router.state.name, 'backup', 'nothing yet');
  bench.hear(200);
  bench.read();
  assert.equal(bench.runner.router.state.name, 'backup');
  assert.equal(bench.armed?.at, 60_000_000 + 3_609_375);
  assert.deepEqual(bench.seen, ['init → backup', 'accepted']);
});

test('after a stall with nothing on the wire the backup does take over', () => {
  const bench = new Bench().start();
  bench.unread = [];
  bench.ring().read();
  assert.equal(bench.runner.router.state.name, 'master');
});

test('a master that was stalled hears the new master first, and speaks only to resign', () => {
  const bench = new Bench().master();
  bench.unread = [];
  bench.pass(60_000_000).ring();
  bench.hear(200);
  bench.read();
  assert.deepEqual(bench.seen, ['accepted', 'release', 'send 0', 'master → backup']);
});

test('news wait until the wire has been read, in their order', () => {
  const bench = new Bench().start();
  bench.unread = [];
  bench.runner.tell({ type: 'fault', cause: 'eth0 is down' });
  bench.runner.tell({ type: 'faultCleared' });
  bench.hear(200);
  assert.equal(bench.unread.length, 1, 'one read serves all that waits');
  assert.equal(bench.idle, false);
  bench.read();
  assert.deepEqual(bench.seen, ['init → backup', 'accepted', 'backup → fault', 'fault → backup']);
});

test('between two inputs of one reading nobody is told that the runner is idle', () => {
  const bench = new Bench().start();
  bench.unread = [];
  bench.runner.tell({ type: 'fault', cause: 'x' });
  bench.runner.tell({ type: 'faultCleared' });
  const states: string[] = [];
  bench.runner.whenIdle(() => states.push(bench.runner.router.state.name));
  bench.read();
  assert.deepEqual(states, ['backup']);
});

test('what is told while the wire is read waits for the next reading', () => {
  const bench = new Bench().start();
  bench.unread = [];
  bench.runner.tell({ type: 'fault', cause: 'x' });
  bench.runner.whenIdle(() => bench.runner.tell({ type: 'faultCleared' }));
  bench.read();
  assert.equal(bench.runner.router.state.name, 'fault');
  bench.read();
  assert.equal(bench.runner.router.state.name, 'backup');
});

test('a packet is judged by the parameters of the moment and heard at once', () => {
  const bench = new Bench().start();
  bench.runner.receive(new Uint8Array(3));
  bench.hear(200);
  bench.runner.tell({ type: 'parameters', parameters: parameters({ vrid: 52 }) });
  bench.hear(200);
  assert.deepEqual(bench.log.slice(1), ['discarded ip-malformed', 'accepted', 'discarded vrid']);
});

test('an advertisement carries the priority of its effect and the parameters of the moment', () => {
  const bench = new Bench().master();
  bench.runner.tell({ type: 'parameters', parameters: parameters({ priority: 70 }) });
  bench.runner.tell({ type: 'shutdown' });
  assert.deepEqual(bench.seen, ['send 70', 'send 0', 'release', 'master → init']);
});

test('a wire that stands still: the advertisements that wait become one', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  bench.ringTo('send 100');
  for (let i = 0; i < 50; i++) bench.ring();
  assert.equal(bench.owed.filter(({ what }) => what === 'send 100').length, 1);
  bench.settleAll();
  const sent = bench.seen.filter(line => line.startsWith('send'));
  assert.ok(sent.length <= 2, `${sent.length} were kept`);
});

test('the advertisement that is kept is the newest', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  bench.runner.tell({ type: 'addressLost' });
  for (const priority of [90, 80, 70])
    bench.runner.tell({ type: 'parameters', parameters: parameters({ priority }) });
  bench.settle();
  assert.ok(!bench.log.includes('send 90'));
  bench.settleAll();
  assert.deepEqual(
    bench.log.filter(line => line.startsWith('send')),
    ['send 100', 'send 70'],
  );
});

test('a contest with edges that stand still: what waits stays bounded', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  for (let i = 0; i < 1_000; i++) bench.pass(100_000).hear(50);
  bench.log.length = 0;
  bench.settleAll();
  assert.ok(bench.log.length <= 4, `${bench.log.length} effects had been waiting`);
  assert.ok(bench.log.includes('acquire 4 s') && bench.log.includes('announce'));
});

test('a master deposed and promoted again and again while its edges stand still', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  for (let i = 0; i < 100; i++) {
    bench.hear(200).hear(0);
    while (bench.runner.router.state.name !== 'master') bench.ring();
  }
  bench.log.length = 0;
  bench.settleAll();
  const performed = bench.log.filter(line => !line.includes('→'));
  assert.ok(performed.length <= 8, `${performed.length} effects had been waiting`);
  assert.deepEqual(performed.slice(-3), ['send 100', 'acquire 4 s', 'announce']);
});

test('idle: at once when nothing is under way, else when the last effect is done', () => {
  const bench = new Bench();
  assert.equal(bench.idle, true);
  bench.start();
  bench.prompt = false;
  bench.ring();
  let calls = 0;
  bench.runner.whenIdle(() => calls++);
  bench.settle().settle();
  assert.equal(calls, 0);
  bench.settle();
  assert.equal(calls, 1);
  bench.ring().settleAll();
  assert.equal(calls, 1, 'once');
});

test('the way out: shutdown, idle, close', () => {
  const bench = new Bench().master();
  bench.prompt = false;
  const steps: string[] = [];
  bench.runner.tell({ type: 'shutdown' });
  bench.runner.whenIdle(() => {
    steps.push(...bench.seen);
    bench.runner.close();
  });
  bench.settleAll();
  assert.deepEqual(steps, ['send 0', 'release', 'master → init']);
});

test('closed: no timer, no effect, no input', () => {
  const bench = new Bench().start();
  bench.prompt = false;
  bench.ring();
  bench.log.length = 0;
  bench.runner.close();
  assert.equal(bench.armed, undefined);
  bench.settleAll();
  bench.hear(200);
  bench.runner.tell({ type: 'shutdown' });
  assert.deepEqual(bench.log, []);
  assert.equal(bench.runner.router.state.name, 'master', 'as it was');
});

test('closed while the wire was to be read: what waited is forgotten', () => {
  const bench = new Bench().start();
  bench.unread = [];
  bench.ring();
  bench.runner.close();
  bench.read();
  assert.equal(bench.runner.router.state.name, 'backup');
});

test('who waits for idle is called when the runner is closed', () => {
  const bench = new Bench().start();
  bench.prompt = false;
  bench.ring();
  let calls = 0;
  bench.runner.whenIdle(() => calls++);
  bench.runner.close();
  bench.settleAll();
  assert.equal(calls, 1);
});
