/** From what the parts report to the events that people follow: each change once, and nothing that is no change. */

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Newsroom } from '../../src/app/newsroom.ts';
import { NO_CONTENT } from '../../src/app/upstreams-content.ts';
import type { UpstreamsReport } from '../../src/app/upstreams-report.ts';
import type { WatcherStatus } from '../../src/docker/watcher.ts';
import { instant, milliseconds } from '../../src/lib/time.ts';

let room: Newsroom;
beforeEach(() => {
  room = new Newsroom(() => '2026-01-31T12:00:00.000Z');
});

const texts = (): string[] => room.events.recent().map(({ kind, text }) => `${kind}: ${text}`);
const steps = (): string[] => room.events.recent().map(({ from, to }) => `${from} → ${to}`);

describe('a virtual router', () => {
  it('is told of with its states and the reason', () => {
    room.stateChanged('web', { from: 'backup', to: 'master', detail: 'the master resigned' });
    const [event] = room.events.recent();
    assert.deepEqual(event, {
      seq: 1,
      at: '2026-01-31T12:00:00.000Z',
      kind: 'state',
      subject: 'web',
      text: 'web is master now: the master resigned',
      from: 'backup',
      to: 'master',
      reason: 'the master resigned',
    });
  });
});

describe('a tracker', () => {
  it('is told of when its health changes, the first decision included, and not when its number does', () => {
    room.trackerChanged('nginx', 'up', { ok: true, detail: 'one process' });
    room.trackerChanged('nginx', 'up', { ok: true, detail: 'two processes' });
    room.trackerChanged('page', 'down', { ok: false, detail: 'HTTP 500' });
    room.trackerChanged('nginx', 'down', { ok: false, detail: 'no process nginx' });
    assert.deepEqual(steps(), ['unknown → up', 'unknown → down', 'up → down']);
    assert.equal(texts().at(-1), 'tracker: nginx is down: no process nginx');
  });
});

describe('a drain', () => {
  it('is told of step by step, each once', () => {
    const since = '2026-01-31T12:00:00.000Z';
    const none = { state: 'none', since: undefined, detail: '' } as const;
    room.drainChanged(none);
    room.drainChanged({ state: 'draining', since, detail: 'new connections are held off' });
    room.drainChanged({ state: 'draining', since, detail: 'new connections are held off' });
    room.drainChanged({ state: 'draining', since, detail: 'priority 1' });
    room.drainChanged({ state: 'drained', since, detail: 'drained by an operator' });
    room.drainChanged(none);
    assert.deepEqual(texts(), [
      'drain: draining: new connections are held off',
      'drain: draining: priority 1',
      'drain: drained: drained by an operator',
      'drain: this node takes part again',
    ]);
    assert.deepEqual(steps(), [
      'none → draining',
      'draining → draining',
      'draining → drained',
      'drained → none',
    ]);
  });
});

describe('the Docker engine', () => {
  const watcher = (connected: boolean, lastError?: string): WatcherStatus => ({
    connected,
    lastError,
    lastListedAt: undefined,
    running: 0,
    lists: 1,
    listFailures: 0,
    events: 0,
    unreadableEvents: 0,
    connects: 1,
  });

  it('is told of when it begins or ceases to answer, however often it fails', () => {
    const host = 'unix:///var/run/docker.sock';
    room.dockerChanged(host, watcher(false));
    room.dockerChanged(host, watcher(true));
    room.dockerChanged(host, watcher(true));
    room.dockerChanged(host, watcher(false, 'ECONNREFUSED'));
    room.dockerChanged(host, watcher(false, 'ENOENT'));
    room.dockerChanged(host, watcher(true, 'ENOENT'));
    assert.deepEqual(texts(), [
      'docker: the Docker engine answers',
      'docker: the Docker engine does not answer: ECONNREFUSED',
      'docker: the Docker engine answers',
    ]);
  });
});

describe('the upstreams', () => {
  const COUNTS = {
    renders: 1,
    unchanged: 0,
    writes: 0,
    writeFailures: 0,
    reloads: 0,
    verified: 0,
    rolledBack: 0,
  };
  const step = (at: number) => ({
    at: instant(at),
    took: milliseconds(1),
    ok: true,
    detail: '1 upstreams with 2 servers, 0 containers left out',
  });
  const report = (counts: Partial<typeof COUNTS>, rest: Partial<UpstreamsReport> = {}): UpstreamsReport => ({
    file: '/etc/nginx/locum/upstreams.conf',
    content: NO_CONTENT,
    lastRender: undefined,
    lastReload: undefined,
    lastVerify: undefined,
    degraded: undefined,
    ...rest,
    counts: { ...COUNTS, ...counts },
  });

  it('are told of when they are written, served, failing and well again', () => {
    const changed = room.upstreams();
    const [first, second] = [step(1), step(2)];
    changed(report({ writes: 1 }, { lastRender: first }));
    changed(report({ writes: 1, verified: 1 }, { lastRender: first }));
    changed(report({ writes: 2, verified: 1 }, { lastRender: second }));
    // Taking bytes back writes the file, and renders nothing.
    const refused = { lastRender: second, degraded: 'nginx -t refuses the configuration' };
    changed(report({ writes: 3, verified: 1, rolledBack: 1 }, refused));
    changed(report({ writes: 3, verified: 1, rolledBack: 1 }, refused));
    changed(report({ writes: 3, verified: 1, rolledBack: 1 }, { lastRender: second }));
    assert.deepEqual(texts(), [
      'upstreams: rendered 1 upstreams with 2 servers, 0 containers left out',
      'upstreams: nginx was reloaded and serves the rendered upstreams',
      'upstreams: rendered 1 upstreams with 2 servers, 0 containers left out',
      'upstreams: nginx -t refuses the configuration',
      'upstreams: nginx serves the rendered upstreams again',
    ]);
  });

  it('are told of when others render them after a reload, who count from the beginning', () => {
    const [first, second] = [step(1), step(2)];
    const before = room.upstreams();
    before(report({ writes: 1 }, { lastRender: first }));
    before(report({ writes: 1, verified: 1 }, { lastRender: first }));
    before(report({ writes: 1, verified: 1 }, { lastRender: first, degraded: 'nginx is not running' }));
    const now = room.upstreams();
    // Written and not served yet: what degraded the others is not over.
    now(report({ writes: 1 }, { lastRender: second }));
    now(report({ writes: 1, verified: 1 }, { lastRender: second }));
    assert.deepEqual(texts(), [
      'upstreams: rendered 1 upstreams with 2 servers, 0 containers left out',
      'upstreams: nginx was reloaded and serves the rendered upstreams',
      'upstreams: nginx is not running',
      'upstreams: rendered 1 upstreams with 2 servers, 0 containers left out',
      'upstreams: nginx was reloaded and serves the rendered upstreams',
    ]);
  });
});
