/** Discovery from its start to the next one: what a name and an engine that have not spoken yet have, and who writes the file when. */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../src/app/clock.ts';
import { Discovery, type DiscoveryConfig, type DiscoveryParts } from '../../src/app/discovery.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { err, ok } from '../../src/lib/result.ts';
import { type Duration, milliseconds, seconds } from '../../src/lib/time.ts';
import type { UpstreamName } from '../../src/lib/upstream-name.ts';
import type { ReloadResult } from '../../src/nginx/controller.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait.ts';

const FILE = `# Written by Locum from container labels; changes made here are lost.

upstream app {
    zone locum_app 128k;
    server 198.18.51.12:32768 weight=5; # app-1 on far
    server 198.18.8.1:8080; # server new, backend.example
}
`;

/** One that answers nothing, and keeps one waiting. */
const silence = () => new Promise<never>(() => undefined);
const SILENT = { list: silence, events: silence, inspect: silence, errors: silence };

let folder: string;
let log: KeptLog;
/** The files that nginx was told to read. */
let reloads: string[];
let release: () => void;
let running: Discovery[];

const path = (): string => join(folder, 'upstreams.conf');

function make(
  keep: Duration,
  more: Partial<DiscoveryParts> = {},
  nginx: Partial<DiscoveryConfig['nginx']> = {},
): Discovery {
  const engine = { name: 'far', host: 'tcp://198.18.51.12:2376', address: '198.18.51.12' as IpAddress };
  const server = { name: 'new', address: { host: 'backend.example', port: 8080 }, parameters: {} };
  const config: DiscoveryConfig = {
    docker: {
      enabled: false,
      host: '',
      labelPrefix: 'locum',
      engines: [{ ...engine, keep, tls: undefined, ssh: undefined }],
    },
    discovery: { projects: undefined, starting: false },
    upstream: new Map([['app' as UpstreamName, { options: {}, servers: [server] }]]),
    nginx: { upstreamsFile: path(), process: 'nginx', reloadsPerMinute: 60, ...nginx },
  };
  const made = new Discovery(config, {
    docker: undefined,
    logs: undefined,
    connect: () => SILENT,
    resolve: () => Promise.resolve(err('SERVFAIL')),
    nginx: { isServing: () => Promise.resolve(true), reload: () => reload() },
    testNginx: () => Promise.resolve(undefined),
    clock: systemClock,
    log,
    ...more,
  });
  running.push(made);
  return made;
}

let reload: () => Promise<ReloadResult>;

async function reloaded(): Promise<ReloadResult> {
  reloads.push(await readFile(path(), 'utf8'));
  return { outcome: 'reloaded', detail: 'new workers run', took: milliseconds(1) };
}

const rendered = (discovery: Discovery) =>
  waitFor(() => discovery.upstreams?.status().lastRender, { what: 'rendered', deadlineMs: 5_000 });

describe('discovery', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locum-discovery-'));
    log = new KeptLog();
    reloads = [];
    running = [];
    release = () => undefined;
    reload = reloaded;
    await writeFile(path(), FILE);
  });
  afterEach(async () => {
    release();
    await Promise.all(running.map(each => each.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  it('that starts keeps the servers of a name that is not resolved and of an engine that is silent', async () => {
    const discovery = make(seconds(100));
    discovery.start();
    await rendered(discovery);
    assert.equal(await readFile(path(), 'utf8'), FILE);
    assert.deepEqual(reloads, []);
    assert.equal(discovery.upstreams?.status().degraded, undefined);
  });

  it('gives up an engine that stays silent after its time, though nothing else happens', async () => {
    const discovery = make(milliseconds(1_200));
    discovery.start();
    await rendered(discovery);
    await waitFor(() => reloads.length > 0, { what: 'given up', deadlineMs: 5_000 });
    assert.ok(!reloads[0]?.includes('on far') && reloads[0]?.includes('198.18.8.1:8080'), reloads[0]);
    assert.match(log.at('warn').join('\n'), /the engine far .* was away for too long/);
  });

  it('waits with the first file for names that are being resolved', async () => {
    await rm(path());
    const addresses = ['198.18.8.5' as IpAddress];
    const resolve = () =>
      new Promise<ReturnType<typeof ok<typeof addresses>>>(done => {
        systemClock.after(milliseconds(100), () => done(ok(addresses)));
      });
    const discovery = make(seconds(100), { resolve });
    discovery.start();
    await waitFor(() => reloads.length > 0, { what: 'reloaded', deadlineMs: 5_000 });
    assert.equal(reloads.length, 1);
    assert.match(reloads[0] ?? '', /server 198\.18\.8\.5:8080; # server new/);
  });

  it('resolves names for those who ask for the plan where nothing is rendered', async () => {
    const resolve = () => Promise.resolve(ok(['198.18.8.5' as IpAddress]));
    const discovery = make(seconds(100), { resolve }, { upstreamsFile: undefined });
    assert.equal(discovery.upstreams, undefined);
    discovery.start();
    const plan = () => JSON.stringify(discovery.plan({ labelPrefix: 'locum', containers: [] }));
    await waitFor(() => plan().includes('198.18.8.5'), { what: 'resolved', deadlineMs: 5_000 });
  });

  it('that follows another writes nothing before that one has ended, also at a promotion', async () => {
    let under = 0;
    let most = 0;
    reload = async () => {
      most = Math.max(most, ++under);
      await new Promise<void>(resolve => {
        release = resolve;
      });
      under--;
      return reloaded();
    };
    const former = make(seconds(100));
    former.start();
    await rendered(former);
    void former.upstreams?.promote();
    await waitFor(() => under === 1, { what: 'the former reloads', deadlineMs: 5_000 });
    const next = make(seconds(100));
    await next.prepare();
    assert.match(JSON.stringify(next.plan({ labelPrefix: 'locum', containers: [] })), /198\.18\.8\.1/);
    const ended = former.stop();
    next.start(ended);
    const promotion = next.upstreams?.promote();
    assert.equal((await former.upstreams?.promote())?.outcome, 'stopped');
    release();
    await ended;
    await waitFor(() => under === 1, { what: 'the next one reloads', deadlineMs: 5_000 });
    release();
    assert.equal((await promotion)?.outcome, 'reloaded');
    assert.deepEqual([most, reloads], [1, [FILE, FILE]]);
  });
});
