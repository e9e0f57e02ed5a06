/** The http tracker against servers of the test's own on loopback, on unix sockets and with TLS. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { seconds } from '../../src/lib/time.ts';
import { httpProbe } from '../../src/probes/http.ts';
import type { HttpRequest } from '../../src/probes/http-request.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { makeFolder, type TestFolder } from './folder.ts';
import { CA_PEM, SERVER_KEY, SERVER_PEM } from './tls-fixture.ts';

const servers: Server[] = [];

async function listen(server: Server, where: { socket: string } | undefined): Promise<number> {
  servers.push(server);
  if (where === undefined) server.listen(0, '127.0.0.1');
  else server.listen(where.socket);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? ((address as AddressInfo | null)?.port ?? 0) : 0;
}

async function serve(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(listener), undefined)}/health`;
}

interface Given extends Partial<HttpRequest> {
  readonly contains?: string;
}

const PLAIN = {
  connect: undefined,
  method: 'GET',
  headers: {},
  tls: { verify: true, ca: undefined, name: undefined },
} as const;

async function check(url: string, signal = AbortSignal.timeout(5_000), given: Given = {}): Promise<Outcome> {
  const { contains, ...request } = given;
  const probe = httpProbe({ ...PLAIN, url, ...request }, { status: [200, 299], contains });
  return (await probe.check(signal, seconds(5))) as Outcome;
}
const ask = (url: string, given: Given) => check(url, AbortSignal.timeout(5_000), given);

function closeServers(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

describe('http probe', () => {
  afterEach(closeServers);

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

describe('what an http probe sends and looks for', () => {
  let folder: TestFolder;

  before(async () => {
    folder = await makeFolder();
  });
  after(() => folder.remove());
  afterEach(closeServers);

  it('is a text in the body, to the letter, within the bound', async () => {
    const url = await serve((_, response) => response.end(`a.b${'x'.repeat(70_000)}late`));
    assert.deepEqual(await ask(url, { contains: 'a.b' }), { ok: true, detail: 'HTTP 200' });
    assert.deepEqual(await ask(url, { contains: 'a?b' }), {
      ok: false,
      detail: 'HTTP 200, but without "a?b" in the body',
    });
    assert.equal((await ask(url, { contains: 'late' })).ok, false);
  });

  it('is a HEAD request where that is asked for', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.method);
      response.end('body');
    });
    assert.equal((await ask(url, { method: 'HEAD' })).ok, true);
    assert.deepEqual(seen, ['HEAD']);
  });

  it('has the headers that are given, one of each name', async () => {
    const seen: unknown[] = [];
    const url = await serve(({ headers, rawHeaders }, response) => {
      seen.push([headers.host, headers['user-agent'], headers['x-check']]);
      seen.push(rawHeaders.filter(name => name.toLowerCase() === 'host').length);
      response.end();
    });
    await ask(url, { headers: { host: 'www.example.com', 'user-agent': 'check', 'x-check': '1' } });
    assert.deepEqual(seen, [['www.example.com', 'check', '1'], 1]);
  });

  it('goes to another address than the URL says, with the host of the URL', async () => {
    const hosts: (string | undefined)[] = [];
    const listener: RequestListener = (request, response) => {
      hosts.push(request.headers.host);
      response.end();
    };
    const port = await listen(createServer(listener), undefined);
    const socket = join(folder.path, 'http.sock');
    await listen(createServer(listener), { socket });
    const connects = [{ host: '127.0.0.1', port }, { socket }];
    for (const connect of connects)
      assert.equal((await ask('http://no-such-host.example.com:8080/', { connect })).ok, true);
    assert.deepEqual(hosts, Array(2).fill('no-such-host.example.com:8080'));
  });

  describe('with TLS', () => {
    let connect: { host: string; port: number };
    const names: unknown[] = [];
    let ca: string;
    const url = 'https://www.example.com/';
    const over = (tls: Partial<HttpRequest['tls']>, at = url) =>
      ask(at, { connect, tls: { verify: true, ca, name: undefined, ...tls } });

    before(async () => {
      ca = await folder.write('ca.pem', CA_PEM);
    });
    it('verifies the certificate against the authority and the name', async () => {
      await startTls();
      assert.deepEqual(await over({}), { ok: true, detail: 'HTTP 200' });
      assert.deepEqual(names, ['www.example.com']);
      assert.match((await over({ ca: undefined })).detail, /certificate/);
      assert.match((await over({}, 'https://other.example.com/')).detail, /other\.example\.com/);
    });

    it('asks for the name that is given, and holds the certificate against it', async () => {
      await startTls();
      assert.equal((await over({ name: 'www.example.com' }, 'https://other.example.com/')).ok, true);
      assert.deepEqual(names, ['www.example.com']);
      assert.equal((await over({ name: 'other.example.com' })).ok, false);
    });

    it('holds the certificate against an address too, which SNI cannot ask for', async () => {
      await startTls();
      assert.equal((await over({}, 'https://127.0.0.1/')).ok, true);
      assert.deepEqual(names, [false]);
      assert.equal((await over({}, 'https://127.0.0.2/')).ok, false);
    });

    it('takes any certificate where that is asked for', async () => {
      await startTls();
      assert.equal((await over({ verify: false, ca: undefined }, 'https://other.example.com/')).ok, true);
    });

    it('fails while the authorities cannot be read', async () => {
      await startTls();
      assert.match((await over({ ca: join(folder.path, 'none.pem') })).detail, /ENOENT/);
    });

    async function startTls(): Promise<void> {
      names.length = 0;
      const server = createTlsServer({ cert: SERVER_PEM, key: SERVER_KEY }, (request, response) => {
        names.push((request.socket as TLSSocket).servername);
        response.end();
      });
      connect = { host: '127.0.0.1', port: await listen(server, undefined) };
    }
  });
});
