/** Locum behind the filter of compose/filtered.yaml, a real nginx: all that it does works, and the engine is asked nothing but GET. */

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerId } from '../support/containers.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type Host, Lan } from '../support/lan.ts';
import { LocumNode } from '../support/node.ts';
import { ROOT } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const CONTAINER = containerId('app-1');

test('Locum works behind a filter that lets nothing but GET through', async () => {
  const lan = await Lan.create();
  const engine = new FakeEngine();
  try {
    await engine.start();
    engine.put('app-1', { Labels: { 'locum.upstream': 'app' } });
    const host = await lan.host('filter', '198.18.51.60/24');
    const socket = await startFilter(host, engine);
    const node = await LocumNode.create(lan, 'node-a', {
      address: '198.18.51.11/24',
      priority: 100,
      sections: { docker: { enabled: true, host: `unix://${socket}` } },
    });
    await node.nginx.start();
    await node.startDaemon();
    await rendered(node, 'app-1');
    engine.put('app-2', { Labels: { 'locum.upstream': 'app' } });
    engine.emit('app-2', 'start');
    await rendered(node, 'app-2');

    const refused: readonly (readonly [method: string, path: string])[] = [
      ['POST', '/containers/json'],
      ['POST', `/containers/${CONTAINER}/kill`],
      ['DELETE', `/containers/${CONTAINER}`],
      ['POST', '/containers/create'],
      ['PUT', `/containers/${CONTAINER}/archive`],
      ['GET', '/_ping'],
      ['GET', '/info'],
      ['GET', `/containers/${CONTAINER}/export`],
      ['GET', '/containers/json/../../images/json'],
      ['GET', `/v1.41/containers/${CONTAINER}/../${CONTAINER}/top`],
    ];
    for (const [method, path] of refused)
      assert.equal(await statusOf(socket, method, path), 403, `${method} ${path}`);
    for (const path of ['/containers/json', `/containers/${CONTAINER}/json`])
      assert.equal(await statusOf(socket, 'GET', path), 200, path);

    assert.ok(engine.requests.length > 5);
    for (const asked of engine.requests) assert.match(asked, /^GET /);
  } finally {
    await lan.close();
    await engine.remove();
  }
});

/** With this test's paths in place of those in the containers. Returns the path of the socket that Locum gets. */
async function startFilter(host: Host, engine: FakeEngine): Promise<string> {
  const folder = join(host.folder, 'docker-filter');
  await mkdir(folder);
  const socket = join(folder, 'docker.sock');
  const shipped = await readFile(join(ROOT, 'nginx', 'docker-filter.conf'), 'utf8');
  const file = join(folder, 'nginx.conf');
  const text = shipped
    .replaceAll(/(?<= )\/tmp\//g, `${folder}/`)
    .replace('/dev/stderr', `${folder}/error.log`)
    .replace('unix:/var/run/docker.sock', engine.host.replace('unix://', 'unix:'))
    .replace('unix:/run/docker-filter/docker.sock', `unix:${socket}`);
  assert.doesNotMatch(text.replace(/#.*/g, ''), /\/var\/run|\/run\//);
  await writeFile(file, text);
  const filter = await host.inside.spawn('nginx', [
    '-c',
    file,
    '-e',
    join(folder, 'error.log'),
    '-g',
    'daemon off;',
  ]);
  await waitFor(
    async () => !filter.running || (await statusOf(socket, 'GET', '/containers/json').catch(() => 0)) === 200,
    {
      what: 'the filter answers',
      deadlineMs: 10_000,
    },
  );
  if (!filter.running) throw new Error(filter.output);
  return socket;
}

/** The path as it is: no client of ours tidies it. */
function statusOf(socketPath: string, method: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, timeout: 2_000 }, response => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end();
  });
}

async function rendered(node: LocumNode, container: string): Promise<void> {
  await waitFor(
    async () =>
      (await readFile(node.nginx.upstreamsFile, 'utf8').catch(() => '')).includes(`# ${container}\n`),
    { what: `${container} is rendered`, deadlineMs: 10_000, context: () => node.daemon.output },
  );
}
