/** The thread of the views beside a daemon of the test's own: what it answers, how it stands back, and what it survives. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { getPriority } from 'node:os';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ViewsThread, type ViewsThreadOptions } from '../../../src/app/views/views-thread.ts';
import type { News } from '../../../src/control/event.ts';
import { EventLog } from '../../../src/control/event-log.ts';
import { SNAPSHOT } from '../../control/support.ts';
import { KeptLog } from '../../support/quiet-log.ts';
import { waitFor } from '../../support/wait.ts';

const HOST = '127.0.0.1';
const BACKUP: News = { kind: 'state', subject: 'web', text: 'web is backup now' };
const MASTER: News = { kind: 'state', subject: 'web', text: 'web is master now' };

let port: number;
let log: KeptLog;
let events: EventLog;
let thread: ViewsThread | undefined;

beforeEach(async () => {
  log = new KeptLog();
  events = new EventLog(() => '2026-01-31T12:00:00.000Z');
  const finder = createServer().listen(0, HOST);
  await once(finder, 'listening');
  port = (finder.address() as AddressInfo).port;
  finder.close();
  await once(finder, 'close');
});
afterEach(async () => {
  await thread?.close();
  thread = undefined;
});

async function open(more: Partial<ViewsThreadOptions> = {}): Promise<ViewsThread> {
  thread = await ViewsThread.open({
    task: { address: { host: HOST, port }, web: { peers: [], names: [] }, compatibleMetrics: false },
    events,
    answers: { status: async () => SNAPSHOT, health: () => ({ ok: true, detail: 'running' }) },
    log,
    ...more,
  });
  return thread;
}

const ask = (path: string): Promise<Response> => fetch(`http://${HOST}:${port}${path}`);

describe('the thread', () => {
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

  it('stands back for the daemon, in a thread that the kernel knows by its id', async () => {
    const { id } = await open();
    // Fields from the third on: proc(5), after the name, which is in parentheses.
    const fields = readFileSync(`/proc/self/task/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    assert.notEqual(id, process.pid);
    assert.equal(Number(fields[16]), Math.max(getPriority(), 10));
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

  it('because its event loop hangs makes it ill, which a thread of its own can tell', async () => {
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

  it('that nobody wanted is logged, and the thread begins again', async () => {
    const program = reporting('"begun"', 'setTimeout(() => { throw new Error("broken"); }, 50)');
    await open({ program });
    await waitFor(() => log.at('info').length === 2, { what: 'a second beginning', deadlineMs: 10_000 });
    assert.deepEqual(log.at('warn'), ['the views over TCP are started again']);
    assert.equal(log.lines.find(({ level }) => level === 'error')?.fields['error'], 'broken');
  });

  it('before it listens is an error of the start', async () => {
    const program = new URL('data:text/javascript,throw new Error("broken")');
    await assert.rejects(open({ program }), { code: 'http-listen' });
  });

  it('frees the address', async () => {
    await (await open()).close();
    await open();
    assert.equal((await ask('/healthz')).status, 200);
  });
});

/** A thread that logs what an expression gives, says that it listens, and does `then`. */
function reporting(expression: string, then = ''): URL {
  const source = `import { parentPort } from 'node:worker_threads';
    parentPort.on('message', () => {});
    parentPort.postMessage({ type: 'log', level: 'info', fields: {}, message: ${expression} });
    parentPort.postMessage({ type: 'listening', thread: 1 });
    ${then}`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}
