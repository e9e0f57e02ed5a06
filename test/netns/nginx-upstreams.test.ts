/** Rendered upstreams in a real nginx: it accepts whatever labels make of them, reloads, and keeps serving when something is wrong. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../src/app/clock.ts';
import { testNginx } from '../../src/app/nginx-test.ts';
import { Upstreams } from '../../src/app/upstreams.ts';
import { openUpstreamsFile } from '../../src/app/upstreams-file.ts';
import { joinUpstreams } from '../../src/app/upstreams-plan.ts';
import { planBackends } from '../../src/docker/backends.ts';
import type { DockerSnapshot } from '../../src/docker/snapshot.ts';
import { fromUint32, type IpAddress } from '../../src/lib/ip-address.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { type Duration, seconds } from '../../src/lib/time.ts';
import { parseUpstreamName } from '../../src/lib/upstream-name.ts';
import { NginxController } from '../../src/nginx/controller.ts';
import { culpritOf, readRefusal } from '../../src/nginx/refusal.ts';
import { render } from '../../src/nginx/render.ts';
import { procfs } from '../../src/probes/procfs.ts';
import { container, network, snapshotOf } from '../support/containers.ts';
import { anyContainers } from '../support/hostile-labels.ts';
import { PrivateNginx } from '../support/private-nginx.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait.ts';

const SCOPE = { excluded: new Set<string>(), networks: undefined };
const renderSnapshot = (snapshot: DockerSnapshot): string =>
  render(joinUpstreams(planBackends(snapshot, SCOPE, nearest), []));

describe('a real nginx accepts', () => {
  const nginx = new PrivateNginx();
  before(() => nginx.prepare('return 200 ok;'));
  after(() => nginx.remove());

  const accepts = async (file: string): Promise<void> => {
    await writeFile(nginx.upstreamsFile, file);
    assert.equal(await nginx.test(), undefined, file);
  };

  it('what any labels make of the file', async () => {
    await fc.assert(
      fc.asyncProperty(anyContainers, containers => accepts(renderSnapshot(snapshotOf(...containers)))),
      { numRuns: 60 },
    );
  });

  it('as many servers as there are, whatever zone was asked for', async () => {
    for (const count of [0, 1, 17, 33, 300, 1_000]) {
      const labels = { 'locum.upstream': 'app', 'locum.upstream.app.zone': '32k', 'locum.max-conns': '1000' };
      const containers = Array.from({ length: count }, (_, at) => {
        const networks = [{ name: 'front', address: fromUint32(0xc612_6464 + at) }];
        return container(`app-${at}`, { networks, labels: { ...labels, 'locum.port': '65535' } });
      });
      await accepts(
        renderSnapshot(snapshotOf(...containers, container('empty', { labels, state: 'exited' }))),
      );
    }
  });

  it('nothing that does not fit in its zone, and says which that is', async () => {
    const labels = { 'locum.upstream': 'app' };
    const file = renderSnapshot(snapshotOf(...Array.from({ length: 30 }, () => container('a', { labels }))));
    await writeFile(nginx.upstreamsFile, file.replace('128k', '32k'));
    const refusal = readRefusal((await nginx.test()) ?? '');
    assert.ok(refusal !== undefined);
    assert.deepEqual(culpritOf(refusal, nginx.upstreamsFile, file), { upstream: 'app', server: undefined });
  });

  it('every way to balance, by every variable, with a backup and idle connections', async () => {
    const variables = ['request_uri', 'remote_addr', 'cookie_session', 'arg_user', 'http_x_tenant'];
    const ways = ['round_robin', 'least_conn', 'ip_hash', 'random', ...variables];
    const containers = ways.flatMap((way, at) => {
      const option = (key: string, value: string) => [`locum.upstream.app-${at}.${key}`, value];
      const balance = variables.includes(way)
        ? [option('balance', 'hash'), option('hash-key', way)]
        : [option('balance', way)];
      const labels = [...balance, option('keepalive', '8'), option('zone', '32k')];
      return ['false', 'true'].map(backup =>
        container(`c-${at}-${backup}`, {
          labels: Object.fromEntries([...labels, option('port', '80'), option('backup', backup)]),
        }),
      );
    });
    const file = renderSnapshot(snapshotOf(...containers));
    assert.equal(file.match(/ backup;/g)?.length, 2);
    await accepts(file);
  });

  it('every name that the grammar allows', async () => {
    const names = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/);
    const upstreams = fc.sample(names, 500).flatMap(text => {
      const name = parseUpstreamName(text);
      return name.ok ? [name.value] : [];
    });
    const plan = { upstreams: [], leftOut: [], unasked: [], warnings: [] };
    await accepts(render(joinUpstreams(plan, upstreams)));
  });

  it('an empty upstream, backups alone, and a thousand servers', async () => {
    const labels = { 'locum.upstream': 'app', 'locum.port': '80' };
    const backup = { ...labels, 'locum.backup': 'true' };
    await accepts(renderSnapshot(snapshotOf(container('a', { labels, state: 'exited' }))));
    await accepts(renderSnapshot(snapshotOf(container('a', { labels: backup }))));
    const many = Array.from({ length: 1_000 }, (_, at) =>
      container(`a${at}`, { labels, networks: [network('front', `198.18.${at >> 8}.${at & 255}`)] }),
    );
    await accepts(renderSnapshot(snapshotOf(...many)));
  });
});

describe('a running nginx', () => {
  const nginx = new PrivateNginx();
  const backends: Server[] = [];
  let upstreams: Upstreams;
  let controller: NginxController;

  /** Whether the upstreams are given what nginx writes to its error log, and whether `nginx -t` comes before a reload. */
  let readsLog = false;
  let tests = false;

  const makeUpstreams = (verifyWait?: Duration): void => {
    const ports = { processName: nginx.name, processes: procfs(), clock: systemClock };
    controller = new NginxController(verifyWait === undefined ? ports : { ...ports, verifyWait });
    upstreams = new Upstreams({
      file: openUpstreamsFile(nginx.upstreamsFile),
      controller,
      clock: systemClock,
      log: new KeptLog(),
      relist: () => Promise.resolve(undefined),
      plan: snapshot => planBackends(snapshot, SCOPE, nearest),
      reloadsPerMinute: 60,
      test: async () => (tests ? testNginx(nginx.name, procfs()) : undefined),
      errorsWithin: async () => (readsLog ? nginx.log() : undefined),
    });
  };

  /** A backend on loopback that answers with its name. */
  const backend = async (name: string) => {
    const server = createServer((_, response) => response.end(name));
    backends.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return container(name, {
      labels: { 'locum.upstream': 'app', 'locum.port': String(port) },
      networks: [{ name: 'front', address: '127.0.0.1' as IpAddress }],
    });
  };

  const apply = async (...containers: Parameters<typeof snapshotOf>): Promise<void> => {
    const { renders } = upstreams.status().counts;
    upstreams.apply(snapshotOf(...containers));
    await waitFor(() => upstreams.status().counts.renders > renders, { what: 'rendered', deadlineMs: 5_000 });
  };
  const counts = () => upstreams.status().counts;
  const until = (what: string, condition: () => boolean) =>
    waitFor(condition, {
      what,
      deadlineMs: 15_000,
      context: () => JSON.stringify(upstreams.status(), undefined, 1),
    });

  beforeEach(async () => {
    await nginx.prepare('location / { proxy_pass http://app; }');
    await writeFile(nginx.upstreamsFile, 'upstream app {\n    server 127.0.0.1:1 down;\n}\n');
    await nginx.start();
    makeUpstreams(seconds(2));
    readsLog = false;
    tests = false;
  });
  afterEach(async () => {
    await upstreams.stop();
    await nginx.remove();
    for (const server of backends.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('serves a backend once it is rendered, and 502 when there is none', async () => {
    assert.equal((await nginx.get('/')).status, 502);
    await apply(await backend('one'));
    await until('verified', () => counts().verified === 1);
    assert.deepEqual(await nginx.get('/'), { status: 200, body: 'one' });
    await apply();
    await until('verified', () => counts().verified === 2);
    assert.equal((await nginx.get('/')).status, 502);
  });

  it('is proven to have reloaded within a second', async () => {
    const result = await controller.reload();
    assert.equal(result.outcome, 'reloaded');
    assert.ok(result.outcome === 'reloaded' && result.took < seconds(1), JSON.stringify(result));
  });

  it('keeps the old workers, and gets the last good file back, when it refuses the new one', async () => {
    const one = await backend('one');
    await apply(one);
    await until('verified', () => counts().verified === 1);
    const good = await readFile(nginx.upstreamsFile, 'utf8');
    // The site now defines an upstream that the labels ask for next: "duplicate upstream", which no validation here can foresee.
    await writeFile(`${nginx.folder}/locum/0.conf`, 'upstream shop { server 127.0.0.1:1; }\n');
    await apply(one, container('shop-1', { labels: { 'locum.upstream': 'shop', 'locum.port': '80' } }));
    await until('rolled back', () => counts().rolledBack === 1);
    assert.equal(await readFile(nginx.upstreamsFile, 'utf8'), good);
    assert.match(
      upstreams.status().degraded ?? '',
      /refused its configuration.*last accepted upstreams are back/,
    );
    assert.match(await nginx.log(), /duplicate upstream "shop"/);
    assert.deepEqual(await nginx.get('/'), { status: 200, body: 'one' });
    assert.equal(await nginx.test(), undefined, 'its next start succeeds');
  });

  it('gets everything but the culprit, which is named, when its error log says what it refused', async () => {
    readsLog = true;
    const one = await backend('one');
    await apply(one);
    await until('verified', () => counts().verified === 1);
    await writeFile(`${nginx.folder}/locum/0.conf`, 'upstream shop { server 127.0.0.1:1; }\n');
    const two = await backend('two');
    await apply(one, two, container('shop-1', { labels: { 'locum.upstream': 'shop', 'locum.port': '80' } }));
    await until('verified without the culprit', () => counts().verified === 2);
    const file = await readFile(nginx.upstreamsFile, 'utf8');
    assert.ok(file.includes('# two') && !file.includes('upstream shop'), file);
    const { content, degraded } = upstreams.status();
    const shop = content.upstreams.find(({ name }) => name === 'shop');
    assert.deepEqual(
      shop?.leftOut.map(({ container: name, reason }) => [name, reason]),
      [['shop-1', 'nginx refused it: duplicate upstream "shop"']],
    );
    assert.equal(degraded, undefined);
    assert.equal(await nginx.test(), undefined);
  });

  it('is not told of what its own test refuses, and gets the rest at once', async () => {
    tests = true;
    const one = await backend('one');
    await apply(one);
    await until('verified', () => counts().verified === 1);
    await writeFile(`${nginx.folder}/locum/0.conf`, 'upstream shop { server 127.0.0.1:1; }\n');
    const two = await backend('two');
    await apply(one, two, container('shop-1', { labels: { 'locum.upstream': 'shop', 'locum.port': '80' } }));
    await until('verified without the culprit', () => counts().verified === 2);
    assert.deepEqual([counts().reloads, counts().rolledBack], [2, 1]);
    const { content } = upstreams.status();
    assert.equal(
      content.upstreams.find(({ name }) => name === 'shop')?.leftOut[0]?.reason,
      'nginx refused it: duplicate upstream "shop"',
    );
    const log = await nginx.log();
    assert.ok(!log.includes(`[emerg] ${nginx.master}#`), `nginx itself was never told: ${log}`);
  });

  it('is told all the same when only the test finds fault with another file', async () => {
    tests = true;
    await apply(await backend('one'));
    await until('verified', () => counts().verified === 1);
    await nginx.configure('location / { proxy_pass http://app; } nonsense;');
    await apply(await backend('two'));
    await until('refused by nginx itself', () => counts().reloads === 2);
    await until('rolled back', () => counts().rolledBack === 1);
    assert.match(await nginx.log(), /unknown directive "nonsense"/);
  });

  it('is not told to reload a file that was damaged by somebody else, but given a good one', async () => {
    const one = await backend('one');
    await writeFile(nginx.upstreamsFile, 'nonsense {');
    await apply(one);
    await until('verified', () => counts().verified === 1);
    assert.deepEqual(await nginx.get('/'), { status: 200, body: 'one' });
  });

  it('that is gone is reported, and reads the file when it comes back', async () => {
    const one = await backend('one');
    await nginx.kill();
    await apply(one);
    await until('pending', () => upstreams.status().degraded !== undefined);
    assert.match(upstreams.status().degraded ?? '', /no nginx runs/);
    await nginx.start();
    upstreams.recheck();
    await until('settled', () => upstreams.status().degraded === undefined);
    assert.deepEqual(await nginx.get('/'), { status: 200, body: 'one' });
  });

  it('whose master was killed is not running, though its orphaned workers go on answering', async () => {
    const one = await backend('one');
    await nginx.kill('master');
    assert.equal((await controller.reload()).outcome, 'not-running');
    await apply(one);
    await until('pending', () => /no nginx runs/.test(upstreams.status().degraded ?? ''));
  });

  it('survives a hundred changes in a row and ends with the last', async () => {
    const one = await backend('one');
    for (let at = 0; at < 100; at++) {
      upstreams.apply(snapshotOf({ ...one, labels: { ...one.labels, 'locum.weight': String(at + 1) } }));
      await new Promise(resolve => setImmediate(resolve));
    }
    await until('the last weight is on disk', () =>
      readFileSync(nginx.upstreamsFile, 'utf8').includes('weight=100'),
    );
    await until('verified', () => {
      const { degraded, lastVerify, lastReload } = upstreams.status();
      return (
        degraded === undefined && lastVerify?.at === lastReload?.at && counts().verified === counts().reloads
      );
    });
    assert.ok(counts().reloads <= 5, `${counts().reloads} reloads`);
    assert.deepEqual(await nginx.get('/'), { status: 200, body: 'one' });
  });
});
