/** The tcp tracker on loopback. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { seconds } from '../../src/lib/time.ts';
import { tcpProbe } from '../../src/probes/tcp.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';

const ALONE = '127.0.0.1';

describe('tcp probe', () => {
  let server: Server;
  const received: Buffer[] = [];
  const listen = async (): Promise<number> => {
    server = createServer(socket => socket.on('data', data => received.push(data)));
    server.listen(0, ALONE);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const check = async (port: number, signal = AbortSignal.timeout(5_000)) =>
    (await tcpProbe({ host: ALONE, port }).check(signal, seconds(5))) as Outcome;

  afterEach(() => server.close());

  it('passes when the connection is accepted, sends nothing and leaves nothing behind', async () => {
    const port = await listen();
    const left = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    assert.deepEqual(await check(port), { ok: true, detail: `127.0.0.1:${port} accepts connections` });
    await left;
    assert.deepEqual(received, []);
  });

  it('fails when nobody listens', async () => {
    const port = await listen();
    server.close();
    await once(server, 'close');
    const outcome = await check(port);
    assert.equal(outcome.ok, false);
    assert.match(outcome.detail, /ECONNREFUSED/);
  });

  it('ends at the abort', async () => {
    const port = await listen();
    assert.deepEqual(await check(port, AbortSignal.abort()), { ok: false, detail: 'no answer in time' });
  });
});
