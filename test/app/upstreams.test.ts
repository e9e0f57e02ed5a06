/** The way from snapshots to nginx in virtual time: when it writes, reloads, takes back and waits. */

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Upstreams } from '../../src/app/upstreams.ts';
import { UpstreamsFile } from '../../src/app/upstreams-file.ts';
import { planBackends } from '../../src/docker/backends.ts';
import type { DockerSnapshot } from '../../src/docker/snapshot.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { container, network, snapshotOf } from '../support/containers.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { MemoryStore, SimulatedController } from '../support/simulated-nginx.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const SCOPE = { excluded: new Set<string>(), networks: ['front'] };

const app = (...names: string[]): DockerSnapshot =>
  snapshotOf(...names.map(name => container(name, { labels: { 'locum.upstream': 'app' } })));

describe('upstreams', () => {
  let clock: VirtualClock;
  let store: MemoryStore;
  let beside: MemoryStore;
  let controller: SimulatedController;
  let log: KeptLog;
  let listed: DockerSnapshot | undefined;
  /** What `nginx -t` says the next time. */
  let tested: string | undefined;
  const test = (): Promise<string | undefined> => {
    const said = tested;
    tested = undefined;
    return Promise.resolve(said);
  };
  let upstreams: Upstreams;

  const make = (reloadsPerMinute = 60) =>
    new Upstreams({
      file: new UpstreamsFile(store, beside),
      controller,
      clock,
      log,
      relist: () => Promise.resolve(listed),
      plan: snapshot => planBackends(snapshot, SCOPE, nearest),
      reloadsPerMinute,
      test,
      errorsWithin: () => Promise.resolve(undefined),
    });

  const apply = async (snapshot: DockerSnapshot, span = seconds(1)): Promise<void> => {
    upstreams.apply(snapshot);
    await clock.pass(span);
  };

  beforeEach(() => {
    clock = new VirtualClock();
    store = new MemoryStore();
    beside = new MemoryStore();
    controller = new SimulatedController(store, clock);
    log = new KeptLog();
    listed = undefined;
    tested = undefined;
    upstreams = make();
  });

  it('writes and reloads when the bytes change, and not otherwise', async () => {
    await apply(app('a'));
    await apply(app('a'));
    await apply(app('a', 'b'));
    assert.equal(controller.reloads, 2);
    assert.equal(store.writes, 2);
    assert.equal(upstreams.status().counts.unchanged, 1);
    assert.ok(store.bytes?.includes('# b'));
  });

  it('does not touch nginx at its own start when the file is already right', async () => {
    await apply(app('a'));
    upstreams = make();
    await apply(app('a'));
    assert.equal(controller.reloads, 1);
  });

  it('never overlaps, coalesces what comes meanwhile, and ends with the newest', async () => {
    for (let at = 0; at < 50; at++) {
      upstreams.apply(app(`n${at}`));
      await clock.pass(milliseconds(7));
    }
    await clock.pass(seconds(2));
    assert.equal(controller.overlapping, 1);
    assert.ok(controller.reloads <= 3, `${controller.reloads} reloads`);
    assert.ok(store.bytes?.includes('# n49'));
  });

  it('shows a single change at once and spaces reloads by half a second', async () => {
    await apply(app('a'), milliseconds(30));
    assert.equal(controller.taken.length, 1);
    upstreams.apply(app('b'));
    await clock.pass(milliseconds(400));
    assert.equal(controller.reloads, 1);
    await clock.pass(milliseconds(150));
    assert.equal(controller.taken.length, 2);
  });

  it('puts the last accepted bytes back when nginx refuses, and says so once', async () => {
    await apply(app('a'));
    const good = store.bytes;
    controller.outcome = 'refused';
    await apply(app('a', 'b'));
    assert.equal(store.bytes, good);
    assert.equal(upstreams.status().counts.rolledBack, 1);
    assert.match(upstreams.status().degraded ?? '', /the last accepted upstreams are back in place/);
    assert.equal(upstreams.status().lastVerify?.ok, false);
    for (let at = 0; at < 20; at++) await apply(app('a', 'b'));
    assert.equal(controller.reloads, 2, 'the same bytes are not tried again at once');
    assert.equal(log.at('warn').length, 1);
  });

  it('does not tell nginx of a configuration that its own test refuses, and names the culprit', async () => {
    await apply(app('a'));
    tested = `nginx: [emerg] invalid parameter "x" in ${store.path}:5\nnginx: configuration test failed\n`;
    const other = { labels: { 'locum.upstream': 'app' }, networks: [network('front', '198.18.0.3')] };
    await apply(snapshotOf(...app('a').containers, container('b', other)));
    const [reasons] = upstreams.status().content.upstreams.map(({ leftOut }) => leftOut);
    assert.deepEqual(
      reasons?.map(({ container: name, reason }) => [name, reason]),
      [['a', 'nginx refused it: invalid parameter "x"']],
    );
    assert.ok(store.bytes?.includes('# b') && !store.bytes.includes('# a'), store.bytes);
    assert.deepEqual(
      controller.taken.map(bytes => bytes?.includes('# b')),
      [false, true],
    );
    assert.deepEqual([controller.reloads, upstreams.status().counts.rolledBack], [2, 1]);
    assert.equal(upstreams.status().degraded, undefined);
  });

  it('tells nginx when its test has something against other files, which may be for the test alone', async () => {
    tested = 'nginx: [emerg] bind() to 198.18.51.100:80 failed (99: Cannot assign requested address)\n';
    await apply(app('a'));
    tested = 'nginx: [emerg] open() "/etc/nginx/other.conf" failed in /etc/nginx/nginx.conf:9\n';
    await apply(app('b'));
    assert.equal(controller.taken.length, 2);
    assert.equal(upstreams.status().degraded, undefined);
  });

  it('removes the file again when nginx refuses the first ever', async () => {
    controller.outcome = 'refused';
    await apply(app('a'));
    assert.equal(store.bytes, undefined);
  });

  it('tries refused bytes again after a minute, for the fault may have been elsewhere', async () => {
    await apply(app('a'));
    controller.outcome = 'refused';
    await apply(app('b'));
    controller.outcome = 'reloaded';
    await clock.pass(seconds(60));
    await apply(app('b'));
    assert.ok(store.bytes?.includes('# b'));
    assert.equal(upstreams.status().degraded, undefined);
  });

  it('tries other bytes at once after a refusal, and forgets the fault when the labels return', async () => {
    await apply(app('a'));
    controller.outcome = 'refused';
    await apply(app('b'));
    controller.outcome = 'reloaded';
    await apply(app('a'));
    assert.equal(upstreams.status().degraded, undefined, 'the file is as nginx accepted it');
    await apply(app('c'));
    assert.ok(store.bytes?.includes('# c'));
  });

  it('writes while nginx is not running, and takes its start for the proof', async () => {
    controller.outcome = 'not-running';
    controller.serving = false;
    await apply(app('a'));
    assert.match(upstreams.status().degraded ?? '', /reads the upstreams when it starts/);
    await apply(app('a'));
    assert.equal(controller.reloads, 1);
    controller.serving = true;
    upstreams.recheck();
    await clock.pass(seconds(1));
    assert.equal(upstreams.status().degraded, undefined);
    assert.equal(controller.reloads, 1, 'it has read the file');
  });

  it('goes back to what nginx started with when it refuses later', async () => {
    controller.outcome = 'not-running';
    controller.serving = false;
    await apply(app('a'));
    const started = store.bytes;
    controller.serving = true;
    controller.outcome = 'refused';
    await apply(app('b'));
    assert.equal(store.bytes, started);
  });

  it('reloads again until an unreachable nginx was told', async () => {
    controller.outcome = 'unreachable';
    await apply(app('a'));
    assert.equal(upstreams.status().degraded, 'unreachable');
    controller.outcome = 'reloaded';
    await apply(app('a'));
    assert.equal(controller.reloads, 2);
    assert.equal(upstreams.status().degraded, undefined);
  });

  it('goes on with a full disk: told once, counted, and made up for', async () => {
    store.full = true;
    for (let at = 0; at < 5; at++) await apply(app('a'));
    assert.deepEqual(log.at('warn'), ['disk full']);
    assert.equal(upstreams.status().counts.writeFailures, 5);
    assert.equal(controller.reloads, 0);
    store.full = false;
    await apply(app('a'));
    assert.equal(upstreams.status().degraded, undefined);
    assert.ok(store.bytes?.includes('# a'));
  });

  it('keeps an upstream whose containers are gone, so that sites which name it stay valid', async () => {
    await apply(app('a'));
    await apply(snapshotOf());
    assert.match(store.bytes ?? '', /upstream app \{\n.*\n {4}server 127.0.0.1:1 down;\n\}/);
    upstreams = make();
    await apply(snapshotOf());
    assert.match(store.bytes ?? '', /upstream app \{/, 'over a restart too');
  });

  it('writes the file again when somebody removed it', async () => {
    await apply(app('a'));
    const before = store.bytes;
    store.bytes = undefined;
    await apply(app('a'));
    assert.equal(store.bytes, before);
  });

  it('tells a warning once', async () => {
    const typo = snapshotOf(container('a', { labels: { 'locum.upstream': 'app', 'locum.wieght': '3' } }));
    await apply(typo);
    await apply(typo);
    assert.equal(log.at('warn').length, 1);
    assert.equal(upstreams.status().content.warnings.length, 1);
  });

  it('at a promotion lists, renders and reloads, changed or not, and tells how long each took', async () => {
    await apply(app('a'));
    listed = app('a', 'b');
    const promotion = upstreams.promote();
    await clock.pass(seconds(1));
    const report = await promotion;
    assert.equal(report.outcome, 'reloaded');
    assert.deepEqual([report.reload, report.verify], [0, milliseconds(20)]);
    assert.ok(store.bytes?.includes('# b'));
    const again = upstreams.promote();
    await clock.pass(seconds(1));
    assert.equal((await again).outcome, 'reloaded');
    assert.equal(controller.reloads, 3);
    const line = log.lines.find(
      ({ message }) => message === 'upstreams brought up to date for the promotion',
    );
    assert.deepEqual(Object.keys(line?.fields ?? {}), [
      'outcome',
      'relistMs',
      'renderMs',
      'reloadMs',
      'verifyMs',
    ]);
  });

  it('promotes with the last snapshot when Docker does not answer, within a second', async () => {
    await apply(app('a'));
    upstreams = new Upstreams({
      file: new UpstreamsFile(store, beside),
      controller,
      clock,
      log,
      relist: () => new Promise(() => undefined),
      plan: snapshot => planBackends(snapshot, SCOPE, nearest),
      reloadsPerMinute: 60,
      test,
      errorsWithin: () => Promise.resolve(undefined),
    });
    await apply(app('a'));
    const promotion = upstreams.promote();
    await clock.pass(milliseconds(1_100));
    const report = await promotion;
    assert.deepEqual([report.relist, report.outcome], [undefined, 'reloaded']);
  });

  it('promotes without waiting for the pace that other changes keep', async () => {
    upstreams = make(1);
    await apply(app('a'));
    await apply(app('b'));
    assert.equal(controller.reloads, 1, 'the change waits for the minute to pass');
    listed = app('c');
    const promotion = upstreams.promote();
    await clock.pass(milliseconds(50));
    assert.equal((await promotion).outcome, 'reloaded');
    assert.ok(store.bytes?.includes('# c'));
    await clock.pass(seconds(60));
    assert.equal(controller.reloads, 2, 'and is in what the promotion brought');
  });

  it('promotes without ever having seen a list', async () => {
    const promotion = upstreams.promote();
    await clock.pass(seconds(2));
    assert.equal((await promotion).outcome, 'no-snapshot');
  });

  it('makes promotions that overlap one', async () => {
    listed = app('a');
    assert.equal(upstreams.promote(), upstreams.promote());
    await clock.pass(seconds(1));
    assert.equal(controller.reloads, 1);
  });

  it('starts nothing new once stopped', async () => {
    await upstreams.stop();
    await apply(app('a'));
    assert.equal(store.writes, 0);
  });
});
