/** The http tracker against servers of the test's own on loopback. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { httpProbe } from '../../src/probes/http.ts';

const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
}

const check = (url: string, signal = AbortSignal.timeout(5_000)) => httpProbe(url, [200, 299]).check(signal);

describe('http probe', () => {
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('passes on a status within the range', async () => {
    const url = await serve((_, response) => response.writeHead(204).end());
    assert.deepEqual(await check(url), { ok: true, detail: 'HTTP 204' });
  });

  it('fails on a status outside of it, and follows no redirect', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    assert.deepEqual(await check(url), { ok: false, detail: 'HTTP 302, expected 200 to 299' });
  });

  it('sends one GET on a connection of its own', async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.connection}`);
      response.end('ok');
    });
    await check(url);
    assert.deepEqual(seen, ['GET /health close']);
  });

  it('fails when nobody listens', async () => {
    const url = await serve(() => undefined);
    const server = servers.pop();
    server?.close();
    const outcome = await check(url);
    assert.equal(outcome.ok, false);
    assert.match(outcome.detail, /ECONNREFUSED/);
  });

  it('ends at the abort when no answer comes, before the head or in the middle of the body', async () => {
    const silent = await serve(() => undefined);
    assert.deepEqual(await check(silent, AbortSignal.timeout(30)), {
      ok: false,
      detail: 'no answer in time',
    });
    const stalled = await serve((_, response) => response.writeHead(200).write('half'));
    assert.deepEqual(await check(stalled, AbortSignal.timeout(30)), {
      ok: false,
      detail: 'no answer in time',
    });
  });

  it('reads an endless body only to a bound', async () => {
    const url = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    assert.deepEqual(await check(url), { ok: true, detail: 'HTTP 200' });
  });

  it('never repeats the password of the URL', async () => {
    const url = (await serve((_, response) => response.writeHead(500).end())).replace(
      '//',
      '//user:hunter2@',
    );
    assert.equal((await check(url)).detail.includes('hunter2'), false);
  });
});
