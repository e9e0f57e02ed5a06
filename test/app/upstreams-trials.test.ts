/** Bytes on trial: what becomes of them when nginx does not start, when Locum is killed, when nobody looks, and when something throws. */

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Upstreams } from '../../src/app/upstreams.ts';
import { UpstreamsFile } from '../../src/app/upstreams-file.ts';
import { planBackends } from '../../src/docker/backends.ts';
import type { DockerSnapshot } from '../../src/docker/snapshot.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { after, type Duration, type Instant, milliseconds, seconds } from '../../src/lib/time.ts';
import { container, snapshotOf } from '../support/containers.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { MemoryStore, SimulatedController } from '../support/simulated-nginx.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const SCOPE = { excluded: new Set<string>(), networks: ['front'] };
const plain = (snapshot: DockerSnapshot) => planBackends(snapshot, SCOPE, nearest);
const labelled = (...upstreams: string[]): DockerSnapshot =>
  snapshotOf(...upstreams.map(name => container(`${name}-1`, { labels: { 'locum.upstream': name } })));

let clock: VirtualClock;
let store: MemoryStore;
let beside: MemoryStore;
let controller: SimulatedController;
let log: KeptLog;
/** What nginx's error log says, and the spans that were asked for. */
let said: string | undefined;
let asked: Duration[];
let upstreams: Upstreams;

function make(more: Partial<ConstructorParameters<typeof Upstreams>[0]> = {}): Upstreams {
  return new Upstreams({
    file: new UpstreamsFile(store, beside),
    controller,
    clock,
    log,
    relist: () => Promise.resolve(undefined),
    plan: plain,
    reloadsPerMinute: 60,
    test: () => Promise.resolve(undefined),
    errorsWithin: span => {
      asked.push(span);
      return Promise.resolve(said);
    },
    ...more,
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  store = new MemoryStore();
  beside = new MemoryStore();
  controller = new SimulatedController(store, clock);
  log = new KeptLog();
  said = undefined;
  asked = [];
  upstreams = make();
});

async function apply(snapshot: DockerSnapshot, span = seconds(1)): Promise<void> {
  upstreams.apply(snapshot);
  await clock.pass(span);
}

const emerg = (text: string): string => `2026/11/22 18:00:00 [emerg] 1#1: ${text}\n`;

describe('an nginx that does not start', () => {
  beforeEach(async () => {
    await apply(labelled('shop'));
    controller.serving = false;
    controller.outcome = 'not-running';
  });

  it('is freed of what it refuses, which is named; the rest is there for its next start', async () => {
    await apply(labelled('app', 'shop'));
    said = emerg('duplicate upstream "app" in /etc/nginx/conf.d/site.conf:1');
    await clock.pass(seconds(6));
    assert.ok(!store.bytes?.includes('upstream app') && store.bytes?.includes('# shop-1'), store.bytes);
    const app = upstreams.status().content.upstreams.find(({ name }) => name === 'app');
    assert.deepEqual(
      app?.leftOut.map(({ reason }) => reason),
      ['nginx refused it: duplicate upstream "app"'],
    );
    assert.match(upstreams.status().degraded ?? '', /nginx did not start: duplicate upstream "app"/);
    controller.serving = true;
    upstreams.recheck();
    await clock.pass(seconds(1));
    assert.equal(upstreams.status().degraded, undefined);
  });

  it('gets the last accepted bytes back when only the file is known to be at fault, and keeps them', async () => {
    const good = store.bytes;
    await apply(labelled('app', 'shop'));
    said = emerg(`unexpected end of file in ${store.path}:1`);
    await clock.pass(seconds(40));
    assert.equal(store.bytes, good);
    await clock.pass(seconds(300));
    assert.equal(store.bytes, good, 'whenever it starts, it finds these');
    controller.serving = true;
    controller.outcome = 'reloaded';
    said = undefined;
    await clock.pass(seconds(120));
    assert.ok(store.bytes?.includes('upstream app'), 'tried again once it runs');
  });

  it('keeps the file when its fault is another, and is not asked of what came before the file', async () => {
    said = emerg('duplicate upstream "app" in /etc/nginx/conf.d/site.conf:1');
    upstreams.apply(labelled('app', 'shop'));
    await clock.pass(milliseconds(900));
    upstreams.recheck();
    await clock.pass(milliseconds(10));
    assert.deepEqual(asked, [], 'the line may be older than the file');
    said = emerg('host not found in upstream "elsewhere" in /etc/nginx/conf.d/site.conf:1');
    await clock.pass(seconds(60));
    assert.ok(store.bytes?.includes('upstream app'));
    const longest = Math.max(...asked);
    assert.ok(longest > seconds(50) && longest < seconds(61), `${asked}`);
  });
});

describe('a run that is killed while nginx has not proven the bytes', () => {
  /** Written by a run that hears no more of them. */
  const killed = async (): Promise<string | undefined> => {
    await apply(labelled('shop'));
    const good = store.bytes;
    upstreams.apply(labelled('app', 'shop'));
    await clock.pass(milliseconds(0));
    const [onDisk, kept] = [store.bytes, beside.bytes];
    assert.ok(onDisk?.includes('upstream app'));
    await clock.pass(seconds(1));
    await upstreams.stop();
    store.bytes = onDisk;
    beside.bytes = kept;
    return good;
  };

  it('is followed by one that asks nginx, and takes back what it refuses', async () => {
    const good = await killed();
    upstreams = make();
    controller.outcome = 'refused';
    await apply(labelled('app', 'shop'));
    assert.equal(store.bytes, good);
    assert.equal(beside.bytes, undefined);
  });

  it('is followed by one that asks nginx once when all is well', async () => {
    await killed();
    upstreams = make();
    const before = controller.reloads;
    await apply(labelled('app', 'shop'));
    await apply(labelled('app', 'shop'));
    assert.equal(controller.reloads, before + 1);
    assert.equal(beside.bytes, undefined);
    upstreams = make();
    await apply(labelled('app', 'shop'));
    assert.equal(controller.reloads, before + 1, 'what was proven is believed');
  });

  it('is followed by one that removes the first file ever when nginx refuses it', async () => {
    store.bytes = 'upstream app {\n}\n';
    beside.bytes = '';
    controller.outcome = 'refused';
    await apply(labelled('shop'));
    assert.equal(store.bytes, undefined);
  });
});

describe('without anybody who tells of changes', () => {
  it('refused bytes are tried again', async () => {
    await apply(labelled('shop'));
    controller.outcome = 'refused';
    await apply(labelled('app'));
    controller.outcome = 'reloaded';
    await clock.pass(seconds(95));
    assert.ok(store.bytes?.includes('# app-1'));
    assert.equal(upstreams.status().degraded, undefined);
  });

  it('an unreachable nginx is told, and the start of one is seen', async () => {
    controller.outcome = 'unreachable';
    await apply(labelled('shop'));
    controller.outcome = 'not-running';
    controller.serving = false;
    await clock.pass(seconds(31));
    assert.match(upstreams.status().degraded ?? '', /when it starts/);
    controller.serving = true;
    await clock.pass(seconds(31));
    assert.equal(upstreams.status().degraded, undefined);
  });

  it('what was left out is tried again after ten minutes', async () => {
    const clash = 'nginx: [emerg] duplicate upstream "app" in /etc/nginx/conf.d/site.conf:1\n';
    let found: string | undefined = clash;
    upstreams = make({ test: () => Promise.resolve(found) });
    await apply(labelled('app', 'shop'));
    assert.ok(!store.bytes?.includes('upstream app'));
    found = undefined;
    await clock.pass(seconds(598));
    assert.ok(!store.bytes?.includes('upstream app'));
    await clock.pass(seconds(2));
    assert.ok(store.bytes?.includes('upstream app'));
  });

  it('a full disk is made up for, and so is a plan that ends by itself', async () => {
    store.full = true;
    const end: Instant = after(clock.now(), seconds(45));
    const plan = (snapshot: DockerSnapshot) =>
      clock.now() < end ? { ...plain(snapshot), until: end } : plain(labelled('late'));
    upstreams = make({ plan });
    await apply(labelled('shop'));
    store.full = false;
    await clock.pass(seconds(31));
    assert.ok(store.bytes?.includes('# shop-1'));
    await clock.pass(seconds(13));
    assert.ok(store.bytes?.includes('# late-1'));
  });
});

describe('what is thrown on the way', () => {
  const FAULT = new Error('the process beside ended');

  for (const [where, broken] of [
    [
      'plan',
      {
        plan: () => {
          throw FAULT;
        },
      },
    ],
    ['nginx -t', { test: () => Promise.reject(FAULT) }],
    [
      'reload',
      { controller: { isServing: () => Promise.resolve(true), reload: () => Promise.reject(FAULT) } },
    ],
  ] as const) {
    it(`by ${where} is told once, does not reject a promotion, and is tried again`, async () => {
      let failing = true;
      const whole = make();
      const sound = { plan: plain, test: () => Promise.resolve(undefined), controller };
      const parts = { ...sound, ...broken };
      upstreams = make({
        plan: snapshot => (failing ? parts : sound).plan(snapshot),
        test: () => (failing ? parts : sound).test(),
        controller: {
          isServing: () => (failing ? parts : sound).controller.isServing(),
          reload: () => (failing ? parts : sound).controller.reload(),
        },
      });
      await whole.stop();
      await apply(labelled('shop'));
      assert.match(upstreams.status().degraded ?? '', /the process beside ended/);
      const promotion = upstreams.promote();
      await clock.pass(seconds(2));
      assert.equal((await promotion).outcome, 'failed');
      assert.equal(log.at('warn').length, 1);
      failing = false;
      await clock.pass(seconds(31));
      assert.equal(upstreams.status().degraded, undefined);
      assert.ok(store.bytes?.includes('# shop-1'));
    });
  }

  it('by the engine at a promotion is an engine that does not answer', async () => {
    upstreams = make({ relist: () => Promise.reject(FAULT) });
    await apply(labelled('shop'));
    const promotion = upstreams.promote();
    await clock.pass(seconds(1));
    const { relist, outcome } = await promotion;
    assert.deepEqual([relist, outcome], [undefined, 'reloaded']);
  });
});

describe('beginning and end', () => {
  it('servers that are held are held on by the next run, for their time', async () => {
    const holding = (state: 'running' | 'exited') =>
      snapshotOf(
        container('app-1', {
          state,
          labels: {
            'locum.upstream': 'app',
            'locum.upstream.app.hold': '20s',
            'locum.upstream.app.port': '80',
          },
        }),
      );
    await apply(holding('running'));
    await apply(holding('exited'));
    assert.match(store.bytes ?? '', /server 198\.18\.0\.2/);
    await upstreams.stop();
    upstreams = make();
    await apply(holding('exited'));
    assert.match(store.bytes ?? '', /server 198\.18\.0\.2/);
    await clock.pass(seconds(20));
    assert.match(store.bytes ?? '', /server 127\.0\.0\.1:1 down/);
  });

  it('nothing is rendered before those who know have spoken, at a promotion either', async () => {
    let ready: () => void = () => undefined;
    upstreams.begin(
      new Promise<void>(resolve => {
        ready = resolve;
      }),
    );
    await apply(labelled('shop'));
    const promotion = upstreams.promote();
    await clock.pass(seconds(5));
    assert.equal(store.writes, 0);
    ready();
    await clock.pass(seconds(2));
    assert.equal((await promotion).outcome, 'reloaded');
    assert.ok(store.bytes?.includes('# shop-1'));
  });

  it('a promotion after the end does nothing, and no timer is left', async () => {
    upstreams = make({ plan: snapshot => ({ ...plain(snapshot), until: after(clock.now(), seconds(9)) }) });
    upstreams.apply(labelled('shop'));
    await clock.pass(milliseconds(5));
    const end = upstreams.stop();
    await clock.pass(seconds(1));
    await end;
    const { reloads } = controller;
    assert.equal((await upstreams.promote()).outcome, 'stopped');
    assert.deepEqual([store.writes, controller.reloads, clock.armed], [1, reloads, 0]);
  });

  it('a promotion asked for before the end is carried out', async () => {
    await apply(labelled('shop'));
    const promotion = upstreams.promote();
    const end = upstreams.stop();
    await clock.pass(seconds(1));
    await end;
    assert.equal((await promotion).outcome, 'reloaded');
  });
});
