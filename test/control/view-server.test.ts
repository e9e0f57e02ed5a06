/** The views over TCP, with real connections on the loopback interface: what a browser is told, streams, limits, an address that is taken. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Snapshot } from '../../src/control/answers.ts';
import { EventLog } from '../../src/control/event-log.ts';
import { type ControlServer, startViewServer, TCP_LIMITS } from '../../src/control/server.ts';
import { OperatingError } from '../../src/lib/errors.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait.ts';
import { deskWith, type Given, type KeptLog, keptLog, SNAPSHOT, snapshotOf } from './support.ts';

const HOST = '127.0.0.1';
const RULES = { peers: ['http://198.18.51.12:9112'], names: [] };

let port: number;
let log: KeptLog;
let server: ControlServer;
let sockets: { destroy(): unknown }[] = [];

beforeEach(async () => {
  log = keptLog();
  port = await freePort();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await server.close();
});

async function serve(given: Given = {}): Promise<void> {
  server = await startViewServer({ host: HOST, port }, deskWith(given).views, RULES, log);
}

/** An answer whose body is still to come. */
function open(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const question = request({ host: HOST, port, path, headers, method, agent: false }, resolve);
    sockets.push(question);
    question.on('error', reject);
    question.end();
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  return (await answer.toArray()).join('');
}

/** Everything that an open answer has brought so far. */
function collect(answer: IncomingMessage): { text: string } {
  const collected = { text: '' };
  answer.setEncoding('utf8');
  answer.on('data', chunk => {
    collected.text += chunk;
  });
  answer.on('error', () => undefined);
  return collected;
}

/** Writes raw bytes and collects what comes back. */
async function raw(text: string): Promise<{ readonly socket: Socket; readonly seen: { text: string } }> {
  const socket = connect(port, HOST);
  sockets.push(socket);
  const seen = { text: '' };
  socket.setEncoding('utf8').on('data', chunk => {
    seen.text += chunk;
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return { socket, seen };
}

/** Whether the kernel asks after the peer of the one connection to a local port: proc_net_tcp(5), the fields st and tr. */
function keptAliveOn(localPort: number): boolean {
  const local = `0100007F:${localPort.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map(row => row.trim().split(/\s+/));
  const timers = rows.flatMap(([, from, , state, , timer]) =>
    from === local && state === ESTABLISHED ? [timer ?? ''] : [],
  );
  assert.equal(timers.length, 1);
  return timers.every(timer => timer.startsWith(KEEP_ALIVE_TIMER));
}

const ESTABLISHED = '01';
const KEEP_ALIVE_TIMER = '02:';

describe('a view over TCP', () => {
  it('comes with headers that keep a browser from doing more with it', async () => {
    await serve();
    for (const path of ['/', '/status', '/metrics', '/nothing', '/events']) {
      const answer = await open(path);
      await textOf(answer);
      const { headers } = answer;
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.match(String(headers['content-security-policy']), /^default-src 'none'/);
    }
  });

  it('answers HEAD with the same headers and nothing else', async () => {
    await serve();
    for (const path of ['/status', '/metrics', '/live', '/events?follow']) {
      const head = await open(path, {}, 'HEAD');
      assert.equal(await textOf(head), '');
      const got = await open(path);
      got.destroy();
      assert.equal(head.headers['content-type'], got.headers['content-type']);
      assert.equal(head.headers['content-length'], got.headers['content-length']);
    }
  });

  it('may be read by the pages of peers, and of nobody else', async () => {
    await serve();
    const [peer] = RULES.peers;
    assert.ok(peer !== undefined);
    for (const path of ['/status', '/live']) {
      const ours = await open(path, { origin: peer });
      ours.destroy();
      assert.equal(ours.headers['access-control-allow-origin'], peer);
      assert.equal(ours.headers['vary'], 'origin');
      const strange = await open(path, { origin: 'http://evil.example.org' });
      strange.destroy();
      assert.equal(strange.headers['access-control-allow-origin'], undefined);
    }
  });

  it('is not given to who asks by a name of a stranger', async () => {
    await serve();
    const answer = await open('/status', { host: `evil.example.org:${port}` });
    assert.equal(answer.statusCode, 421);
    assert.match(await textOf(answer), /http\.peers/);
  });

  it('fails for one asker when there is no snapshot, and goes on', async () => {
    await serve({ status: () => Promise.reject(new Error('the kernel does not answer')) });
    for (const path of ['/status', '/live', '/metrics', '/active'])
      assert.equal((await open(path)).statusCode, 500, path);
    assert.equal((await open('/healthz')).statusCode, 200);
  });
});

describe('/live', () => {
  let publish: (snapshot: Snapshot) => void = () => undefined;
  const follow = (listener: typeof publish) => {
    publish = listener;
    return () => undefined;
  };

  it('brings a whole snapshot at once, and then each that there is', async () => {
    await serve({ follow });
    const answer = await open('/live');
    assert.equal(answer.headers['content-type'], 'text/event-stream');
    const seen = collect(answer);
    const messages = () => seen.text.split('\n\n').slice(0, -1);
    await waitFor(() => messages().length === 1, { what: 'the first message', deadlineMs: 5_000 });
    publish(snapshotOf({ ...SNAPSHOT, pid: 8 }));
    await waitFor(() => messages().length === 2, { what: 'the second message', deadlineMs: 5_000 });
    const pids = messages().map(
      message => (JSON.parse(message.slice('data: '.length)) as { pid: number }).pid,
    );
    assert.deepEqual(pids, [SNAPSHOT.pid, 8]);
  });

  it('has room for fifty pages beside questions, and a limit', async () => {
    await serve({ follow });
    const pages = await Promise.all(Array.from({ length: TCP_LIMITS.mostReaders }, () => open('/live')));
    const seen = pages.map(collect);
    assert.ok(pages.length >= 50);
    const surplus = await open('/live');
    assert.equal(surplus.statusCode, 503);
    assert.equal(surplus.headers['retry-after'], '5');
    assert.equal((await open('/metrics')).statusCode, 200);
    assert.equal((await open('/events?follow')).statusCode, 200);
    publish(snapshotOf({ ...SNAPSHOT, pid: 4_321 }));
    await waitFor(() => seen.every(({ text }) => text.includes('"pid":4321')), {
      what: 'every page has the news',
      deadlineMs: 5_000,
    });
    pages[0]?.destroy();
    await waitFor(async () => (await open('/live')).statusCode === 200, {
      what: 'the place of one that left is free',
      deadlineMs: 5_000,
    });
  });

  it('keeps no place for one who left before its first message', async () => {
    const asked: (() => void)[] = [];
    await serve({
      follow,
      status: () =>
        new Promise(resolve => {
          asked.push(() => resolve(SNAPSHOT));
        }),
    });
    for (let time = 1; time <= TCP_LIMITS.mostReaders; time++) {
      const { socket } = await raw(`GET /live HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      await waitFor(() => asked.length === time, { what: `question ${time}`, deadlineMs: 5_000, everyMs: 1 });
      socket.end();
      await once(socket, 'close');
    }
    for (const answer of asked.splice(0)) answer();
    const answered = open('/live');
    await waitFor(() => asked.length === 1, { what: 'one more question', deadlineMs: 5_000 });
    for (const answer of asked.splice(0)) answer();
    assert.equal((await answered).statusCode, 200);
  });

  it('holds nobody up who reads it slowly, and keeps one message for him at most', async () => {
    await serve({ follow });
    const { socket } = await raw(`GET /live HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    socket.pause();
    const quick = collect(await open('/live'));
    await waitFor(() => quick.text.length > 0, { what: 'the first message', deadlineMs: 5_000 });
    const node = 'x'.repeat(200_000);
    const before = process.memoryUsage().arrayBuffers;
    for (let pid = 1; pid <= 100; pid++) {
      publish(snapshotOf({ ...SNAPSHOT, node, pid }));
      const mark = `"pid":${pid},`;
      await waitFor(() => quick.text.includes(mark), {
        what: `message ${pid}`,
        deadlineMs: 5_000,
        everyMs: 1,
      });
      quick.text = '';
    }
    const grownBytes = process.memoryUsage().arrayBuffers - before;
    assert.ok(grownBytes < 15_000_000, `20 MB were published, and ${grownBytes} octets more are held`);
  });
});

describe('/events?follow', () => {
  it('brings the events so far, and then each as it happens', async () => {
    const events = new EventLog(() => '2026-01-31T12:00:00.000Z');
    events.tell({ kind: 'state', subject: 'web', text: 'web is backup now' });
    await serve({ events });
    const answer = await open('/events?follow');
    assert.equal(answer.headers['content-type'], 'application/jsonl');
    const seen = collect(answer);
    await waitFor(() => seen.text.includes('"seq":1'), { what: 'the first event', deadlineMs: 5_000 });
    events.tell({ kind: 'state', subject: 'web', text: 'web is master now' });
    await waitFor(() => seen.text.endsWith('\n') && seen.text.includes('"seq":2'), {
      what: 'the second event',
      deadlineMs: 5_000,
    });
    const [, second] = seen.text.split('\n');
    assert.deepEqual(JSON.parse(second ?? ''), events.recent()[1]);
  });

  it('loses and repeats none that happens while a reader is let in', async () => {
    const log = new EventLog(() => '2026-01-31T12:00:00.000Z');
    const happen = () => log.tell({ kind: 'tracker', subject: 'page', text: 'page is down: HTTP 500' });
    const recent = () => {
      queueMicrotask(happen);
      return log.recent();
    };
    happen();
    await serve({ events: { recent, subscribe: listener => log.subscribe(listener) } });
    const early = collect(await open('/events?follow'));
    const numbers = ({ text }: { text: string }) => [...text.matchAll(/"seq":(\d+)/g)].map(([, seq]) => seq);
    await waitFor(() => numbers(early).includes('2'), { what: 'the second event', deadlineMs: 5_000 });
    happen();
    const late = collect(await open('/events?follow'));
    for (const seen of [early, late])
      await waitFor(() => numbers(seen).includes('4'), { what: 'the fourth event', deadlineMs: 5_000 });
    for (const seen of [early, late]) assert.deepEqual(numbers(seen), ['1', '2', '3', '4']);
  });

  it('has a connection that the kernel looks after while nothing happens', async () => {
    await serve();
    await open('/events?follow');
    await waitFor(() => keptAliveOn(port), { what: 'a keep-alive timer', deadlineMs: 5_000 });
  });
});

describe('the limits', () => {
  it('answer what is no request, once and shortly', async () => {
    await serve();
    const cases = [
      ['nonsense\r\n\r\n', /^HTTP\/1\.1 400 /],
      [`GET /status HTTP/1.1\r\nHost: ${HOST}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
      [`GET /status HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 3\r\n\r\nabc`, /^HTTP\/1\.1 413 /],
    ] as const;
    for (const [text, expected] of cases) {
      const { socket, seen } = await raw(text);
      await once(socket, 'close');
      assert.match(seen.text, expected);
    }
    assert.equal((await open('/healthz')).statusCode, 200);
  });

  it('give one answer on a connection, however many questions come down it', async () => {
    let asked = 0;
    await serve({ health: () => ({ ok: true, detail: `asked ${++asked}` }) });
    const { socket, seen } = await raw(`GET /healthz HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`.repeat(50));
    await once(socket, 'close');
    assert.equal(seen.text.match(/HTTP\/1\.1 200/g)?.length, 1);
    assert.equal(asked, 1);
  });

  it('end a connection on which nothing is asked', async () => {
    await serve();
    const { socket } = await raw('GET /status HTTP/1.1\r\n');
    await once(socket, 'close');
  });

  it('refuse connections beyond their number, count them, and serve again when some have gone', async () => {
    await serve();
    const idle = await Promise.all(Array.from({ length: TCP_LIMITS.mostConnections }, () => raw('G')));
    await waitFor(
      () =>
        open('/healthz').then(
          () => false,
          () => true,
        ),
      {
        what: 'one more is refused',
        deadlineMs: 5_000,
      },
    );
    assert.ok(server.drops().connections >= 1);
    for (const { socket } of idle) socket.destroy();
    await waitFor(async () => (await open('/healthz')).statusCode === 200, {
      what: 'it serves again',
      deadlineMs: 5_000,
    });
  });
});

describe('an address that cannot be had', () => {
  it('that is taken is one clear error', async () => {
    const other = createHttpServer().listen(port, HOST);
    await once(other, 'listening');
    await assert.rejects(
      serve(),
      (thrown: unknown) =>
        thrown instanceof OperatingError &&
        thrown.context['setting'] === 'http.listen' &&
        /^http\.listen: 127\.0\.0\.1:\d+ cannot be listened on: another program listens there; stop it/.test(
          thrown.message,
        ),
    );
    other.close();
    await once(other, 'close');
    await serve();
  });

  it('that no interface has says what to set', async () => {
    await serve();
    await assert.rejects(
      startViewServer({ host: '198.18.255.254', port }, deskWith({}).views, RULES, log),
      /198\.18\.255\.254:\d+ cannot be listened on: no interface of this host has that address; set one/,
    );
  });
});
