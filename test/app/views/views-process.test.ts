/** The process of the views beside a daemon of the test's own: what it answers, how it stands back, and what it survives. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ViewsProcess, type ViewsProcessOptions } from '../../../src/app/views/views-process.ts';
import type { News } from '../../../src/control/event.ts';
import { EventLog } from '../../../src/control/event-log.ts';
import { SNAPSHOT } from '../../control/support.ts';
import { freePort } from '../../support/free-port.ts';
import { KeptLog } from '../../support/quiet-log.ts';
import { waitFor } from '../../support/wait.ts';

const HOST = '127.0.0.1';
const BACKUP: News = { kind: 'state', subject: 'web', text: 'web is backup now' };
const MASTER: News = { kind: 'state', subject: 'web', text: 'web is master now' };

let port: number;
let folder: string;
let log: KeptLog;
let events: EventLog;
let views: ViewsProcess | undefined;

beforeEach(async () => {
  log = new KeptLog();
  folder = mkdtempSync(join(tmpdir(), 'locum-views-'));
  events = new EventLog(() => '2026-01-31T12:00:00.000Z');
  port = await freePort();
});
afterEach(async () => {
  await views?.close();
  views = undefined;
  rmSync(folder, { recursive: true });
});

async function open(more: Partial<ViewsProcessOptions> = {}): Promise<ViewsProcess> {
  views = await ViewsProcess.open({
    task: { address: { host: HOST, port }, web: { peers: [], names: [] }, compatibleMetrics: false },
    events,
    answers: { status: async () => SNAPSHOT, health: () => ({ ok: true, detail: 'running' }) },
    log,
    ...more,
  });
  return views;
}

const ask = (path: string): Promise<Response> => fetch(`http://${HOST}:${port}${path}`);

describe('the process', () => {
  it('serves what the daemon answers', async () => {
    await open();
    assert.deepEqual(await (await ask('/status')).json(), SNAPSHOT);
    assert.deepEqual(await (await ask('/healthz')).json(), { ok: true, detail: 'running' });
    assert.match(await (await ask('/metrics')).text(), /^locum_build_info\{.*\} 1$/m);
    assert.match(await (await ask('/')).text(), /<title>Locum<\/title>/);
  });

  it('knows the events from before it began, and those that the daemon tells since', async () => {
    events.tell(BACKUP);
    await open();
    events.tell(MASTER);
    await waitFor(
      async () =>
        (await (await ask('/events')).text()).trimEnd().split('\n').length === events.recent().length,
      { what: 'both events', deadlineMs: 5_000 },
    );
    const lines = (await (await ask('/events')).text()).trimEnd().split('\n');
    assert.deepEqual(
      lines.map(line => JSON.parse(line)),
      events.recent(),
    );
  });

  it('stands back for the daemon', async () => {
    const { pid = 0 } = await open();
    assert.equal(getPriority(pid), Math.max(getPriority(), 10));
    assert.ok(getPriority() < 10, 'the daemon is as it was');
  });

  it('does not have the environment of the daemon', async () => {
    process.env['A_PASSWORD'] = 'of the daemon';
    try {
      await open({ program: reporting('JSON.stringify(process.env)') });
      assert.deepEqual(log.at('info'), ['{}']);
    } finally {
      delete process.env['A_PASSWORD'];
    }
  });
});

describe('a question that the daemon cannot answer', () => {
  it('is an error for who asked, and the next one is answered', async () => {
    let asked = 0;
    const status = async () => {
      asked += 1;
      if (asked === 1) throw new Error('netlink is closed');
      return SNAPSHOT;
    };
    await open({ answers: { status, health: () => ({ ok: true, detail: 'running' }) } });
    const failed = await ask('/status');
    assert.equal(failed.status, 500);
    assert.deepEqual(await failed.json(), { error: 'netlink is closed' });
    assert.equal((await ask('/status')).status, 200);
    assert.deepEqual(log.at('error'), ['a question on the views has no answer']);
  });

  it('because its event loop hangs makes it ill, which a process of its own can tell', async () => {
    await open();
    const told = new Int32Array(new SharedArrayBuffer(4));
    const client = new Worker(
      `const { workerData } = require('node:worker_threads');
       const told = new Int32Array(workerData.told);
       fetch(workerData.url).then(({ status }) => {
         Atomics.store(told, 0, status);
         Atomics.notify(told, 0);
       });`,
      { eval: true, workerData: { told: told.buffer, url: `http://${HOST}:${port}/healthz` } },
    );
    // The event loop stands still until the client has been answered.
    const outcome = Atomics.wait(told, 0, 0, 20_000);
    await client.terminate();
    assert.equal(outcome, 'ok');
    assert.equal(Atomics.load(told, 0), 503);
  });
});

describe('an end', () => {
  it('is told when the address is taken, and nothing is left', async () => {
    const other = createServer().listen(port, HOST);
    await once(other, 'listening');
    await assert.rejects(open(), { code: 'http-listen', message: /another program listens there/ });
    other.close();
    await once(other, 'close');
    assert.deepEqual(log.lines, []);
  });

  it('that nobody wanted is logged, and the process begins again', async () => {
    const program = reporting('"begun"', 'setTimeout(() => process.exit(3), 50)');
    await open({ program });
    await waitFor(() => log.at('info').length === 2, { what: 'a second beginning', deadlineMs: 10_000 });
    assert.deepEqual(log.at('warn'), ['the views over TCP are started again']);
    assert.equal(log.lines.find(({ level }) => level === 'error')?.fields['how'], 'exit code 3');
  });

  it('before it listens is an error of the start', async () => {
    await assert.rejects(open({ program: companion('process.exit(3)') }), {
      code: 'http-listen',
      message: /has ended: exit code 3$/,
    });
  });

  it('frees the address', async () => {
    await (await open()).close();
    await open();
    assert.equal((await ask('/healthz')).status, 200);
  });
});

/** One that logs what an expression gives, says that it listens, and does `then`. */
function reporting(expression: string, then = ''): URL {
  return companion(`process.on('message', () => {});
    process.send({ type: 'log', level: 'info', fields: {}, message: ${expression} });
    process.send({ type: 'listening' });
    ${then}`);
}

function companion(source: string): URL {
  const file = join(folder, 'companion.mjs');
  writeFileSync(file, source);
  return pathToFileURL(file);
}
