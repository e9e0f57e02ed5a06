/** From a tracker's configuration to its probe; the docker tracker on a fake engine, from event to outcome. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../src/app/clock.ts';
import type { TrackerConfig } from '../../src/app/config/config.ts';
import { createProbe, locateByName, type ProbeParts } from '../../src/app/trackers.ts';
import { planBackends } from '../../src/docker/backends.ts';
import { connectDocker } from '../../src/docker/client.ts';
import { AILMENTS, type Ailment } from '../../src/docker/condition.ts';
import { DockerWatcher } from '../../src/docker/watcher.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { seconds } from '../../src/lib/time.ts';
import { runCommand } from '../../src/native/command.ts';
import type { Probe } from '../../src/probes/probe.ts';
import { procfs } from '../../src/probes/procfs.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { container, containerId, snapshotOf } from '../support/containers.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait.ts';

const COMMON = { weight: 0, reverse: false, interval: seconds(1), timeout: seconds(1), rise: 1, fall: 1 };
const docker = (name: string | undefined, failOn: readonly Ailment[] = AILMENTS): TrackerConfig => ({
  ...COMMON,
  type: 'docker',
  container: name,
  failOn,
});
const TLS = { verify: true, ca: undefined, name: undefined };
const SIGNAL = new AbortController().signal;
const SCOPE = { excluded: new Set<string>(), networks: undefined };
const NETLINK: ProbeParts['netlink'] = { readLink: async () => undefined, subscribe: () => () => undefined };

describe('createProbe', () => {
  const parts: ProbeParts = {
    processes: procfs(),
    processWatcher: undefined,
    docker: undefined,
    locateProxy: () => ({ ok: false, error: 'no proxy' }),
    plan: snapshot => planBackends(snapshot, SCOPE, nearest),
    netlink: NETLINK,
    clock: systemClock,
    run: runCommand,
  };

  it('makes a probe of every type', async () => {
    const process = createProbe({ ...COMMON, type: 'process', name: 'no-such-name', quorum: 1 }, parts);
    assert.equal((await process.check(SIGNAL, seconds(1))).detail, 'no process named no-such-name');
    const http = createProbe(
      {
        ...COMMON,
        type: 'http',
        url: 'http://127.0.0.1:1/',
        connect: undefined,
        method: 'GET',
        status: [200, 299],
        contains: undefined,
        headers: {},
        tls: TLS,
      },
      parts,
    );
    assert.equal((await http.check(SIGNAL, seconds(1))).ok, false);
    assert.match(
      (await createProbe(docker(undefined), parts).check(SIGNAL, seconds(1))).detail,
      /docker.enabled is false/,
    );
  });

  it('finds a container by name, id or the beginning of one', () => {
    const snapshot = snapshotOf(container('web'));
    for (const wanted of ['web', containerId('web'), containerId('web').slice(0, 12)]) {
      assert.equal(locateByName(wanted)(snapshot).ok, true, wanted);
    }
    assert.deepEqual(locateByName(containerId('web').slice(0, 4))(snapshot), {
      ok: false,
      error: `no container named ${containerId('web').slice(0, 4)}`,
    });
  });
});

describe('the docker tracker on an engine', () => {
  const engine = new FakeEngine();
  let watcher: DockerWatcher;
  let probe: Probe;
  let notices: Outcome[];

  const parts = (): ProbeParts => ({
    processes: procfs(),
    processWatcher: undefined,
    docker: watcher,
    locateProxy: locateByName('web'),
    plan: snapshot => planBackends(snapshot, SCOPE, nearest),
    netlink: NETLINK,
    clock: systemClock,
    run: runCommand,
  });
  const check = () => probe.check(SIGNAL, seconds(1));
  const until = (what: string, ok: boolean | undefined) =>
    waitFor(async () => (await check()).ok === ok || null, {
      what,
      deadlineMs: 8_000,
      context: () => JSON.stringify(watcher.status()),
    });

  before(async () => {
    await engine.start();
  });
  after(() => engine.remove());
  beforeEach(async () => {
    engine.containers = [];
    engine.put('web');
    watcher = new DockerWatcher({
      engine: connectDocker(engine.host),
      clock: systemClock,
      log: new KeptLog(),
    });
    probe = createProbe(docker(undefined), parts());
    notices = [];
    probe.watch?.(finding => {
      if (finding !== undefined) notices.push(finding);
    });
    assert.deepEqual(await check(), { ok: undefined, detail: 'Docker was not asked yet' });
    watcher.start();
    await until('up', true);
    await waitFor(() => watcher.status().connected, { what: 'connected', deadlineMs: 5_000 });
  });
  afterEach(() => watcher.stop());

  it('reports a death by its event, and no stale life until a list tells the state', async () => {
    engine.put('web', { State: 'exited', Status: 'Exited (137) 1 second ago' });
    engine.emit('web', 'die', { exitCode: '137' });
    await waitFor(() => notices.length > 0, { what: 'the notice', deadlineMs: 2_000, everyMs: 1 });
    assert.deepEqual(notices, [{ ok: false, detail: 'container web died with exit code 137' }]);
    assert.notEqual((await check()).ok, true);
    await until('down', false);
    assert.equal((await check()).detail, 'container web: not running (exited)');
  });

  it('is not moved by the events of other containers', async () => {
    engine.put('other');
    engine.emit('other', 'die', { exitCode: '1' });
    await waitFor(() => watcher.status().lists >= 3, { what: 'a list', deadlineMs: 5_000 });
    assert.deepEqual(notices, []);
    assert.equal((await check()).ok, true);
  });

  it('follows health: starting and unhealthy do not pass', async () => {
    engine.put('web', { Status: 'Up 1 second (health: starting)' });
    engine.emit('web', 'start');
    await until('starting', false);
    engine.put('web', { Status: 'Up 9 seconds (healthy)' });
    engine.emit('web', 'health_status: healthy');
    await until('healthy', true);
    assert.equal((await check()).detail, 'container web: running, healthy');
    engine.put('web', { Status: 'Up 20 seconds (unhealthy)' });
    engine.emit('web', 'health_status: unhealthy');
    await until('unhealthy', false);
  });

  it('fails only on what it is told to', async () => {
    probe = createProbe(docker(undefined, ['stopped', 'oom']), parts());
    const found: Outcome[] = [];
    const stop = probe.watch?.(finding => {
      if (finding !== undefined) found.push(finding);
    });
    engine.put('web', { State: 'paused', Status: 'Up 9 seconds (Paused)' });
    engine.emit('web', 'pause');
    engine.emit('web', 'health_status: unhealthy');
    engine.emit('web', 'oom');
    await waitFor(() => found.length > 0, { what: 'the notice', deadlineMs: 2_000, everyMs: 1 });
    await until('paused, which is not counted', true);
    assert.equal((await check()).detail, 'container web: paused');
    assert.deepEqual(
      found.map(({ detail }) => detail),
      ['container web ran out of memory: the kernel killed a process of it'],
    );
    engine.put('web', { State: 'exited', Status: 'Exited (0) 1 second ago' });
    engine.emit('web', 'die', { exitCode: '0' });
    await until('stopped', false);
    stop?.();
  });

  it('counts the backends of an upstream', async () => {
    const target = { type: 'upstreams', upstream: undefined, minServers: 1, minSharePercent: 50 } as const;
    probe = createProbe({ ...COMMON, ...target }, parts());
    for (const name of ['app-1', 'app-2', 'app-3']) engine.put(name, { Labels: { 'locum.upstream': 'app' } });
    engine.emit('app-1', 'start');
    await until('all serve', true);
    await waitFor(async () => (await check()).detail === 'app: 3 of 3 backends serve', {
      what: 'three backends',
      deadlineMs: 5_000,
    });
    for (const name of ['app-1', 'app-2'])
      engine.put(name, { Labels: { 'locum.upstream': 'app' }, State: 'exited', Status: 'Exited (1)' });
    engine.emit('app-1', 'die');
    await until('one of three', false);
    assert.equal((await check()).detail, 'app: 1 of 3 backends serve; needed: 1 and 50%');
    await engine.stop();
    await until('no answer', undefined);
    await engine.start();
  });

  it('keeps what it knew while Docker is gone', async () => {
    await engine.stop();
    await until('no answer', undefined);
    assert.match((await check()).detail, /^last known: container web: running; /);
    await engine.start();
    await until('up', true);
  });

  it('fails when the container is gone', async () => {
    engine.forget('web');
    engine.emit('web', 'destroy');
    await until('down', false);
    assert.equal((await check()).detail, 'no container named web');
  });
});
