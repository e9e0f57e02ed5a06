/** Webhooks against real servers on the loopback: what arrives and how it is signed, and targets that are down, slow, hostile or not who they say. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { systemClock, timeOfDay } from '../../src/app/clock.ts';
import type { HookConfig } from '../../src/app/config/config.ts';
import { Notifier } from '../../src/app/notifier.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { runCommand } from '../../src/native/command.ts';
import { NOTICE_STATES } from '../../src/notify/notice.ts';
import { notice } from '../notify/support.ts';
import { CA_PEM, SERVER_KEY, SERVER_PEM } from '../probes/tls-fixture.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait.ts';

const TOKEN = 'T0KEN-that-nobody-may-see';
const SECRET = 'a secret of thirty-two octets..!';

interface Arrival {
  readonly method: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const servers: Server[] = [];

/** Listens on the loopback, answers as told, and keeps what arrived. */
async function target(answer: (nth: number) => RequestListener, secure = false) {
  const arrivals: Arrival[] = [];
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', chunk => {
      body += chunk;
    });
    request.on('end', () => {
      const { method, headers } = request;
      arrivals.push({ method, headers, body });
      answer(arrivals.length)(request, response);
    });
  };
  const server = secure
    ? createTlsServer({ cert: SERVER_PEM, key: SERVER_KEY }, listener)
    : createServer(listener);
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http${secure ? 's' : ''}://127.0.0.1:${port}/hook/${TOKEN}?key=${TOKEN}`, arrivals, port };
}

const status =
  (code: number): RequestListener =>
  (_request, response) =>
    response.writeHead(code).end();

type Wish = Partial<Extract<HookConfig, { type: 'webhook' }>> & { readonly url: string };

function notifierOf(hooks: Readonly<Record<string, Wish>>) {
  const log = new KeptLog();
  const configs = Object.entries(hooks).map(([name, wish]): [string, HookConfig] => [
    name,
    {
      type: 'webhook',
      timeout: seconds(5),
      states: NOTICE_STATES,
      routers: undefined,
      perMinute: 30,
      retry: { attempts: 3, within: seconds(60) },
      secretFile: undefined,
      tlsCa: undefined,
      ...wish,
    },
  ]);
  const context = {
    node: 'node-a',
    version: '9.8.7',
    utc: timeOfDay,
    clock: systemClock,
    log,
    run: runCommand,
  };
  const notifier = new Notifier(Object.fromEntries(configs), context);
  const report = (name = 'it') => {
    const found = notifier.status().find(each => each.name === name);
    assert.ok(found !== undefined);
    return found;
  };
  const until = (
    what: string,
    holds: (report: ReturnType<Notifier['status']>[number]) => boolean,
    name = 'it',
  ) =>
    waitFor(() => holds(report(name)) && report(name), {
      what,
      deadlineMs: 15_000,
      context: () => JSON.stringify([report(name), log.lines]),
    });
  const isSilent = () => {
    const seen = JSON.stringify([log.lines, notifier.status()]);
    assert.ok(!seen.includes(TOKEN) && !seen.includes(SECRET), seen);
  };
  return { notifier, report, until, log, isSilent };
}

describe('a webhook', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locum-webhook-'));
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const fileWith = async (name: string, content: string) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };

  it('is told by one POST each, in order, as JSON, signed', async () => {
    const { url, arrivals } = await target(() => status(204));
    const secretFile = await fileWith('secret', `${SECRET}\n`);
    const { notifier, until, isSilent } = notifierOf({ it: { url, secretFile } });
    notifier.tell(notice('backup', 'web', { from: 'init' }));
    notifier.tell(notice('master'));
    const { last, failures } = await until('both are told', ({ runs, running }) => runs === 2 && !running);
    assert.deepEqual([failures, last?.ok, last?.detail], [0, true, 'HTTP 204']);
    assert.deepEqual(
      arrivals.map(({ method, body }) => [method, JSON.parse(body).state, JSON.parse(body).seq]),
      [
        ['POST', 'backup', 1],
        ['POST', 'master', 2],
      ],
    );
    for (const { headers, body } of arrivals) {
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(headers['user-agent'], 'locum/9.8.7');
      assert.equal(headers['webhook-id'], JSON.parse(body).id);
      const sent = Number(headers['webhook-timestamp']);
      assert.ok(Math.abs(sent - Date.now() / 1_000) < 60, `${sent}`);
      const signed = `${headers['webhook-id']}.${sent}.${body}`;
      const expected = createHmac('sha256', SECRET).update(signed).digest('base64');
      assert.equal(headers['webhook-signature'], `v1,${expected}`);
      assert.equal(JSON.parse(body).at, '2026-09-21T14:13:20.123Z');
    }
    isSilent();
  });

  it('is told again what its target could not take, with the same id and bytes', async () => {
    const { url, arrivals } = await target(nth => status(nth === 1 ? 500 : 200));
    const { notifier, until, isSilent } = notifierOf({ it: { url } });
    notifier.tell(notice('master'));
    const { failures } = await until('it is told', ({ runs, running }) => runs === 2 && !running);
    assert.equal(failures, 1);
    assert.equal(arrivals[0]?.headers['webhook-id'], arrivals[1]?.headers['webhook-id']);
    assert.equal(arrivals[0]?.body, arrivals[1]?.body);
    assert.equal(arrivals[0]?.headers['webhook-signature'], undefined, 'there is no secret');
    isSilent();
  });

  it('whose target is down is counted, shown and tried again, and no other waits for it', async () => {
    const { url, port } = await target(() => status(200));
    const closing = servers.splice(0);
    await Promise.all(closing.map(server => new Promise(resolve => server.close(resolve))));
    const up = await target(() => status(200));
    const { notifier, until, report, isSilent } = notifierOf({ it: { url }, other: { url: up.url } });
    notifier.tell(notice('master'));
    await until('the other is told', ({ runs, running }) => runs === 1 && !running, 'other');
    await until('it has failed', ({ failures }) => failures === 1);
    const { last, running } = report();
    assert.match(
      last?.detail ?? '',
      new RegExp(`ECONNREFUSED 127.0.0.1:${port} \\(attempt 1 of 3, the next in`),
    );
    assert.equal(running?.notice.state, 'master');
    await until('it is given up', ({ runs, running: now }) => runs === 3 && !now);
    isSilent();
  });

  it('that hangs is cut at its timeout', async () => {
    const { url, arrivals } = await target(nth => (nth === 1 ? () => undefined : status(200)));
    const { notifier, until, log } = notifierOf({ it: { url, timeout: milliseconds(300) } });
    notifier.tell(notice('master'));
    await until('it is told', ({ last }) => last?.ok === true);
    assert.equal(arrivals.length, 2);
    assert.match(log.at('warn')[0] ?? '', /cut: no end within 300ms/);
  });

  it('is told when the head of the answer is there, however long its body takes', async () => {
    const { url, arrivals } = await target(() => (_request, response) => {
      response.writeHead(200, { 'content-length': '1000000000' }).write('x');
    });
    const { notifier, until } = notifierOf({ it: { url } });
    notifier.tell(notice('master'));
    const { last } = await until('it is told', ({ runs, running }) => runs === 1 && !running);
    assert.deepEqual([last?.ok, arrivals.length], [true, 1]);
  });

  it('follows no redirect, and does not ask again who refuses', async () => {
    const elsewhere = await target(() => status(200));
    const { url, arrivals } = await target(nth =>
      nth === 1
        ? (_request, response) => response.writeHead(307, { location: elsewhere.url }).end()
        : status(403),
    );
    const { notifier, until, log, isSilent } = notifierOf({ it: { url } });
    notifier.tell(notice('backup'));
    notifier.tell(notice('master'));
    await until('both were tried', ({ runs, running }) => runs === 2 && !running);
    assert.deepEqual([arrivals.length, elsewhere.arrivals.length], [2, 0]);
    assert.deepEqual(log.at('warn'), [
      'the notify hook it failed: HTTP 307: redirects are not followed (attempt 1 of 3, given up)',
      'the notify hook it failed: HTTP 403 (attempt 1 of 3, given up)',
    ]);
    isSilent();
  });

  it('believes the authorities that it is given, and nobody else', async () => {
    const { url, arrivals } = await target(() => status(200), true);
    const tlsCa = await fileWith('ca.pem', CA_PEM);
    const once = { attempts: 1, within: seconds(1) };
    const { notifier, until, isSilent } = notifierOf({ it: { url, tlsCa }, wary: { url, retry: once } });
    notifier.tell(notice('master'));
    await until('it is told', ({ last }) => last?.ok === true);
    const { last } = await until('the wary one refuses', ({ failures }) => failures === 1, 'wary');
    assert.match(last?.detail ?? '', /certificate|issuer/i);
    assert.equal(arrivals.length, 1);
    isSilent();
  });

  it('whose secret is missing or too short says so, sends nothing, and signs once it is there', async () => {
    const { url, arrivals } = await target(() => status(200));
    const secretFile = await fileWith('later', 'short');
    const { notifier, until, log } = notifierOf({ it: { url, secretFile } });
    notifier.tell(notice('master'));
    await until('it has failed', ({ failures }) => failures === 1);
    assert.match(log.at('warn')[0] ?? '', /the secret in .*later must hold 24 to 64 octets/);
    await fileWith('later', SECRET);
    await until('it is told', ({ last }) => last?.ok === true);
    assert.equal(arrivals.length, 1);
    assert.match(String(arrivals[0]?.headers['webhook-signature']), /^v1,/);
  });

  it('is told the newest state at the stop, while an older one is in the way', async () => {
    const { url, arrivals } = await target(nth => (nth === 1 ? () => undefined : status(200)));
    const { notifier, until } = notifierOf({ it: { url, timeout: seconds(60) } });
    notifier.tell(notice('master'));
    await until('it hangs', ({ runs }) => runs === 1);
    notifier.tell(notice('backup'));
    notifier.tell(notice('stop'));
    await notifier.stop();
    const { state, folded, seq } = JSON.parse(arrivals.at(-1)?.body ?? '{}');
    assert.deepEqual([arrivals.length, state, folded, seq], [2, 'stop', 2, 3]);
  });
});
