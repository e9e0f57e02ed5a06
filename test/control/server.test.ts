/** The control socket and its client, over real sockets in a folder of the test's own. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { askToDrain, askToUndrain, fetchHealth, fetchStatus } from '../../src/control/client.ts';
import { type ControlServer, startControlServer } from '../../src/control/server.ts';
import { OperatingError } from '../../src/lib/errors.ts';
import { deskWith, type Given, type KeptLog, keptLog, SNAPSHOT } from './support.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locum-control-test-'));
});
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
let socket: string;
let log: KeptLog;
const open: { close(): Promise<void> }[] = [];
beforeEach(() => {
  socket = join(folder, `${count++}`, 'locum.sock');
  log = keptLog();
});
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(given: Given = {}): Promise<ControlServer> {
  const server = await startControlServer(socket, deskWith(given), log);
  open.push(server);
  return server;
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { opened, open };
}

interface Reply {
  readonly code: number | undefined;
  readonly allow: string | undefined;
  readonly body: string;
}

function ask(path: string, options: { method?: string; body?: string } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const question = request(
      {
        socketPath: socket,
        path,
        method: options.method ?? 'GET',
        agent: false,
        headers: options.body === undefined ? {} : { 'content-length': options.body.length },
      },
      response => {
        let body = '';
        response.on('data', chunk => {
          body += String(chunk);
        });
        response.on('end', () => resolve({ code: response.statusCode, allow: response.headers.allow, body }));
      },
    );
    question.on('error', reject);
    question.end(options.body);
  });
}

describe('the control socket', () => {
  it('gives the snapshot, in a folder that it makes, to its own user only', async () => {
    await serve();
    assert.deepEqual(await fetchStatus(socket), { ok: true, value: SNAPSHOT });
    assert.equal((await stat(socket)).mode & 0o777, 0o600);
  });

  it('says whether the daemon works, also when it does not', async () => {
    await serve({ health: () => ({ ok: false, detail: 'stuck' }) });
    assert.deepEqual(await fetchHealth(socket), { ok: true, value: { ok: false, detail: 'stuck' } });
    assert.equal((await ask('/healthz')).code, 503);
  });

  it('answers everything else with one clear refusal', async () => {
    await serve();
    const posted = await ask('/status', { method: 'DELETE' });
    assert.deepEqual([posted.code, posted.allow], [405, 'GET, HEAD']);
    const fetched = await ask('/drain');
    assert.deepEqual([fetched.code, fetched.allow], [405, 'POST']);
    assert.equal((await ask('/drain?farce', { method: 'POST' })).code, 400);
    assert.match(
      (await ask('/nothing')).body,
      /there is only GET \/, GET \/status, .*POST \/drain, POST \/undrain/,
    );
  });

  it('takes no body and no long headers', async () => {
    await serve();
    assert.equal((await ask('/status', { method: 'GET', body: 'x' })).code, 413);
    assert.equal((await ask('/drain', { method: 'POST', body: 'x' })).code, 413);
    assert.equal((await ask(`/status?${'x'.repeat(20_000)}`)).code, 431);
    assert.equal((await ask('/healthz')).code, 200);
  });

  it('survives a snapshot that fails', async () => {
    await serve({
      status: async () => {
        throw new Error('no snapshot');
      },
    });
    assert.equal((await ask('/status')).code, 500);
    assert.equal(log.lines.length, 1);
    assert.equal((await ask('/healthz')).code, 200);
  });

  it('is gone after close, whoever is connected', async () => {
    const server = await serve();
    await server.close();
    await assert.rejects(stat(socket), { code: 'ENOENT' });
  });
});

describe('a drain', () => {
  const outcome = { outcome: 'failed', ok: false, text: 'nobody took over', warnings: ['no nft'] } as const;

  it('shows its progress as it happens, and then its outcome', async () => {
    const shown = gate();
    await serve({
      drain: async (_force, tell) => {
        tell('held off');
        // The next step comes only when the first one has been seen.
        await shown.opened;
        tell('priority 1');
        return outcome;
      },
    });
    const seen: string[] = [];
    const answer = await askToDrain(socket, false, ({ progress }) => {
      seen.push(progress);
      shown.open();
    });
    assert.deepEqual(seen, ['held off', 'priority 1']);
    assert.deepEqual(answer, { ok: true, value: outcome });
  });

  it('is told whether it is forced', async () => {
    const asked: boolean[] = [];
    await serve({
      drain: async force => {
        asked.push(force);
        return outcome;
      },
    });
    await askToDrain(socket, true, () => {});
    await askToDrain(socket, false, () => {});
    assert.deepEqual(asked, [true, false]);
  });

  it('goes on when the asker leaves', async () => {
    const left = gate();
    const ended = gate();
    await serve({
      drain: async (_force, tell) => {
        tell('held off');
        await left.opened;
        tell('priority 1');
        ended.open();
        return outcome;
      },
    });
    const question = request({ socketPath: socket, path: '/drain', method: 'POST', agent: false });
    question.on('response', () => {
      question.destroy();
      left.open();
    });
    question.on('error', () => {});
    question.end();
    await ended.opened;
    assert.equal((await ask('/healthz')).code, 200);
  });

  it('that breaks in the middle is told as an answer that is none', async () => {
    await serve({
      drain: async (_force, tell) => {
        tell('held off');
        throw new Error('broken');
      },
    });
    assert.equal((await askToDrain(socket, false, () => {})).ok, false);
    assert.equal(log.lines.length, 1);
  });

  it('ends with undrain', async () => {
    await serve();
    const answer = await askToUndrain(socket);
    assert.equal(answer.ok && answer.value.outcome, 'undrained');
  });
});

describe('what is found at the path', () => {
  it('is refused when another daemon answers there, which goes on', async () => {
    await serve();
    await assert.rejects(
      serve(),
      (thrown: unknown) =>
        thrown instanceof OperatingError &&
        thrown.code === 'control-socket-in-use' &&
        thrown.message.includes('another Locum daemon'),
    );
    assert.equal((await ask('/healthz')).code, 200);
  });

  it('is replaced when it is the socket of a daemon that was killed', async () => {
    await leaveStaleSocket(socket);
    assert.ok((await stat(socket)).isSocket());
    const answer = await fetchStatus(socket);
    assert.ok(!answer.ok);
    assert.match(answer.error.message, /nobody listens there/);
    await serve();
    assert.equal((await ask('/healthz')).code, 200);
  });

  it('is left alone when it is no socket', async () => {
    socket = join(folder, 'a-file');
    await writeFile(socket, 'precious');
    await assert.rejects(serve(), /is no socket/);
    assert.ok((await stat(socket)).isFile());
  });

  it('may be a place where nothing can be: the message names it', async () => {
    socket = join(folder, 'a-file-2', 'locum.sock');
    await writeFile(join(folder, 'a-file-2'), '');
    await assert.rejects(serve(), /control socket .*a-file-2.* cannot be opened: .*set control.socket/);
  });
});

describe('the client', () => {
  it('says what to do when nothing is there', async () => {
    const answer = await fetchStatus(socket);
    assert.ok(!answer.ok);
    assert.match(answer.error.message, /no daemon answers at .*locum.sock: nothing is there/);
  });

  it('does not take any HTTP answer for a snapshot', async () => {
    socket = join(folder, 'stranger.sock');
    let reply: readonly [number, string] = [200, 'hello'];
    const stranger = createServer((_request, response) => response.writeHead(reply[0]).end(reply[1]));
    stranger.listen(socket);
    await once(stranger, 'listening');
    open.push({ close: async () => void stranger.close() });
    assert.equal((await fetchStatus(socket)).ok, false);
    assert.equal((await askToUndrain(socket)).ok, false);
    reply = [418, '{}'];
    const answer = await fetchHealth(socket);
    assert.match(answer.ok ? '' : answer.error.message, /HTTP 418/);
  });
});

/** Listens in another process, which is then killed. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = `
    require('node:fs').mkdirSync(require('node:path').dirname(${JSON.stringify(path)}), { recursive: true });
    require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('listening'));`;
  const child: ChildProcess = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(child.stdout !== null);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}
