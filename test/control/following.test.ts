/** Following a stream over the control socket: lines as they come, and each way in which it can end. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Following, follow } from '../../src/control/following.ts';

let folder: string;
let socket: string;
let server: Server | undefined;
let count = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locum-following-test-'));
});
after(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<void> {
  socket = join(folder, `${count++}.sock`);
  server = createServer(listener).listen(socket);
  await once(server, 'listening');
}

/** What became of it, and the lines until then. */
async function followed(options: Partial<Following> = {}) {
  const lines: string[] = [];
  const error = await follow(socket, '/live', {
    onOpen: () => undefined,
    onLine: line => void lines.push(line),
    signal: new AbortController().signal,
    ...options,
  });
  return { lines, message: error?.message };
}

describe('a stream', () => {
  it('comes in lines, however it is cut', async () => {
    await serve((_request, response) => {
      response.write('one\ntw');
      setImmediate(() => response.end('o\nthr\u00e9e\n'));
    });
    const { lines, message } = await followed();
    assert.deepEqual(lines, ['one', 'two', 'thr\u00e9e']);
    assert.match(message ?? '', /^no daemon answers at .*\.sock: it has ended$/);
  });

  it('that is silent for too long counts as gone', async () => {
    await serve((_request, response) => response.write('one\n'));
    const { lines, message } = await followed({ silenceMs: 50 });
    assert.deepEqual(lines, ['one']);
    assert.match(message ?? '', /it is silent/);
  });

  it('ends without a word when the asker has had enough', async () => {
    await serve((_request, response) => response.write('one\n'));
    const wish = new AbortController();
    const { message } = await followed({ onLine: () => wish.abort(), signal: wish.signal });
    assert.equal(message, undefined);
  });

  it('with a line that cannot be read ends with an error, and not the process', async () => {
    await serve((_request, response) => response.write('{\n'));
    const { message } = await followed({ onLine: line => void JSON.parse(line) });
    assert.match(message ?? '', /its answer cannot be read/);
  });

  it('is refused by a daemon with too many readers, and by what is none', async () => {
    let code = 503;
    await serve((_request, response) => response.writeHead(code).end());
    assert.match((await followed()).message ?? '', /as many follow it already as it serves/);
    code = 404;
    assert.match((await followed()).message ?? '', /not as a Locum daemon of this version \(HTTP 404\)/);
  });
});
