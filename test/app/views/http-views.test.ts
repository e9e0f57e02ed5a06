/** Where this node is asked: the same views over both ways, an operator heard on the control socket alone. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { systemClock as clock } from '../../../src/app/clock.ts';
import { Closing } from '../../../src/app/closing.ts';
import { Newsroom } from '../../../src/app/newsroom.ts';
import { HttpViews } from '../../../src/app/views/http-views.ts';
import type { Operator } from '../../../src/control/answers.ts';
import { deskWith, SNAPSHOT } from '../../control/support.ts';
import { freePort } from '../../support/free-port.ts';
import { KeptLog } from '../../support/quiet-log.ts';

const HOST = '127.0.0.1';
const WORDS = ['/drain', '/drain?force', '/undrain', '/reload'];

let folder: string;
let closing: Closing;
let heard: string[];
let overTcp: RequestOptions;
let overSocket: RequestOptions;

function listener(): Operator {
  const { operator } = deskWith({});
  return {
    drain(force, tell) {
      heard.push(force ? '/drain?force' : '/drain');
      return operator.drain(force, tell);
    },
    undrain() {
      heard.push('/undrain');
      return operator.undrain();
    },
    reload() {
      heard.push('/reload');
      return operator.reload();
    },
  };
}

beforeEach(async () => {
  const log = new KeptLog();
  folder = await mkdtemp(join(tmpdir(), 'locum-views-'));
  closing = new Closing(log);
  heard = [];
  overTcp = { host: HOST, port: await freePort() };
  overSocket = { socketPath: join(folder, 'locum.sock') };
  const views = new HttpViews({
    config: {
      control: { socket: join(folder, 'locum.sock') },
      http: { listen: { host: HOST, port: Number(overTcp.port) }, peers: [], compatibleMetrics: false },
    },
    news: new Newsroom(() => SNAPSHOT.takenAt),
    gather: async () => SNAPSHOT,
    health: () => ({ ok: true, detail: 'running' }),
    operator: listener(),
    clock,
    log,
  });
  await views.open(closing);
});
afterEach(async () => {
  await closing.run();
  await rm(folder, { recursive: true, force: true });
});

/** The status code, once the whole answer has come. */
async function say(where: RequestOptions, path: string, method = 'POST'): Promise<number | undefined> {
  const question = request({ ...where, path, method, agent: false }).end();
  const [answer] = (await once(question, 'response')) as [IncomingMessage];
  await answer.resume().toArray();
  return answer.statusCode;
}

it('hears an operator on the control socket', async () => {
  for (const path of WORDS) assert.equal(await say(overSocket, path), 200, path);
  assert.deepEqual(heard, WORDS);
});

it('hears nobody over TCP, where the same views are served', async () => {
  for (const where of [overSocket, overTcp]) assert.equal(await say(where, '/status', 'GET'), 200);
  for (const path of WORDS) {
    assert.equal(await say(overTcp, path), 403, path);
    assert.equal(await say(overTcp, path, 'GET'), 403, path);
  }
  assert.deepEqual(heard, []);
});
