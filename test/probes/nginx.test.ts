/** The nginx tracker on a page of the test's making; test/netns has a real nginx. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { NginxProbe } from '../../src/probes/nginx.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';

const TLS = { verify: true, ca: undefined, name: undefined };

describe('nginx probe', () => {
  let server: Server;
  let url: string;
  let answer = '';
  let status = 200;

  before(async () => {
    server = createServer((_, response) => response.writeHead(status).end(answer));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stub_status`;
  });
  after(() => server.close());

  const page = (active: number, accepts: number) =>
    `Active connections: ${active} \nserver accepts handled requests\n ${accepts} ${accepts} 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n`;
  const probe = (limit?: number) => new NginxProbe({ url, connect: undefined, tls: TLS }, limit);
  const look = async (at: NginxProbe, text: string, code = 200) => {
    [answer, status] = [text, code];
    return (await at.check(AbortSignal.timeout(5_000))) as Outcome;
  };

  it('passes while accepts rises, and after a restart', async () => {
    const nginx = probe();
    const passed = { ok: true, detail: '291 connections active, 16630948 accepted' };
    assert.deepEqual(await look(nginx, page(291, 16_630_948)), passed);
    assert.equal((await look(nginx, page(291, 16_630_949))).ok, true);
    assert.equal((await look(nginx, page(1, 1))).ok, true);
  });

  it('fails when accepts stands still, for each check is a connection', async () => {
    const nginx = probe();
    await look(nginx, page(1, 7));
    assert.match((await look(nginx, page(1, 7))).detail, /^accepts stands still at 7/);
  });

  it('fails above the limit of connections, not at it', async () => {
    const nginx = probe(100);
    assert.equal(
      (await look(nginx, page(100, 1))).detail,
      '100 connections active of 100 allowed, 1 accepted',
    );
    assert.deepEqual(await look(nginx, page(101, 2)), {
      ok: false,
      detail: '101 connections are active, 100 allowed',
    });
  });

  it('fails on another page, another status, and no answer', async () => {
    assert.equal((await look(probe(), 'Welcome to nginx!')).detail, 'the page is not that of stub_status');
    assert.equal((await look(probe(), page(1, 1), 404)).detail, 'HTTP 404, expected 200');
    const closed = new NginxProbe({ url: 'http://127.0.0.1:1/', connect: undefined, tls: TLS }, undefined);
    assert.equal(((await closed.check(AbortSignal.timeout(5_000))) as Outcome).ok, false);
  });
});
