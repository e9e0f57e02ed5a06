/** The nginx tracker on a real nginx. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NginxProbe } from '../../src/probes/nginx.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { PrivateNginx } from '../support/private-nginx.ts';

const TLS = { verify: true, ca: undefined, name: undefined };

describe('nginx probe on nginx', () => {
  const nginx = new PrivateNginx();

  before(async () => {
    await nginx.prepare('location = /status { stub_status; }');
    await nginx.start();
  });
  after(() => nginx.remove());

  it('reads its page over a unix socket, check after check, and fails once it is gone', async () => {
    const connect = { socket: `${nginx.folder}/http.sock` };
    const probe = new NginxProbe({ url: 'http://nginx/status', connect, tls: TLS }, 10);
    const check = async () => (await probe.check(AbortSignal.timeout(5_000))) as Outcome;
    for (let round = 0; round < 3; round++) {
      const { ok, detail } = await check();
      assert.ok(ok, detail);
      assert.match(detail, /^1 connections active of 10 allowed, \d+ accepted$/);
    }
    await nginx.kill();
    assert.equal((await check()).ok, false);
  });
});
