/**
 * The control socket: HTTP/1.1 over a unix socket (unix(7)), for the CLI and the image's health check. `GET /status` and `GET /healthz`
 * only ask; `POST /drain` (`?force`) and `POST /undrain` are an operator's word, and their answers are JSON lines, sent as things
 * happen. No request has a body, and who may open the socket may do all of it.
 */

import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { messageOf, OperatingError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { DrainLine, DrainOutcome } from './drain.ts';
import type { Health, Status } from './status.ts';

/** What the daemon can be asked, and told. */
export interface Answers {
  status(): Promise<Status>;
  health(): Health;
  /** Hands over and keeps away; tells the progress meanwhile. */
  drain(force: boolean, tell: (progress: string) => void): Promise<DrainOutcome>;
  undrain(): Promise<DrainOutcome>;
}

export interface ControlServer {
  /** Stops listening, ends open connections and removes the socket file. */
  close(): Promise<void>;
}

/** Only the daemon's own user may ask. */
const SOCKET_MODE = 0o600;
const MOST_CONNECTIONS = 32;
const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 2_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 1_000,
};

/**
 * Listens at `path`, whose folder is made where it is missing. What a daemon that was killed left there is removed; throws an
 * OperatingError when a living one answers, or when something else is in the way.
 */
export async function startControlServer(
  path: string,
  answers: Answers,
  log: Logger,
): Promise<ControlServer> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await removeStaleSocket(path);
    const server = createServer(
      { ...LIMITS, connectionsCheckingInterval: 1_000 },
      (request, response) => void answer(request, response, answers, log),
    );
    server.maxConnections = MOST_CONNECTIONS;
    server.on('clientError', (_error, socket) => socket.destroy());
    await listen(server, path);
    server.on('error', error =>
      log.warn({ socket: path, error: error.message }, 'the control socket has an error'),
    );
    await chmod(path, SOCKET_MODE);
    return { close: () => close(server) };
  } catch (thrown) {
    if (thrown instanceof OperatingError) throw thrown;
    throw new OperatingError(
      'control-socket',
      `the control socket ${path} cannot be opened: ${messageOf(thrown)}; set control.socket to a path that this user may write`,
      { socket: path },
      thrown,
    );
  }
}

async function removeStaleSocket(path: string): Promise<void> {
  const present = await lstat(path).catch(() => undefined);
  if (present === undefined) return;
  if (!present.isSocket())
    throw new OperatingError('control-socket', `${path} is no socket; set control.socket to another path`, {
      socket: path,
    });
  if (await isAnswered(path))
    throw new OperatingError(
      'control-socket-in-use',
      `another Locum daemon listens at ${path}; stop it, or set control.socket to another path`,
      { socket: path },
    );
  await unlink(path);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  answers: Answers,
  log: Logger,
): Promise<void> {
  try {
    const work = workOf(request, answers);
    if (work !== undefined) return await stream(response, work);
    send(response, ...(await answerTo(request, answers)));
  } catch (thrown) {
    log.error(
      { url: request.url, error: messageOf(thrown) },
      'a question on the control socket has no answer',
    );
    if (response.headersSent) response.destroy();
    else send(response, 500, { error: messageOf(thrown) });
  }
}

type Work = (tell: (progress: string) => void) => Promise<DrainOutcome>;

/** What a request asks to be done; undefined when it is not one that does something. */
function workOf(request: IncomingMessage, answers: Answers): Work | undefined {
  if (request.method !== 'POST' || hasBody(request)) return undefined;
  if (request.url === '/drain' || request.url === '/drain?force')
    return tell => answers.drain(request.url === '/drain?force', tell);
  return request.url === '/undrain' ? () => answers.undrain() : undefined;
}

/** The asker may leave before the end: what it asked for goes on. */
async function stream(response: ServerResponse, work: Work): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/jsonl', connection: 'close' });
  const write = (line: DrainLine): void => {
    if (response.writable) response.write(`${JSON.stringify(line)}\n`);
  };
  write(await work(progress => write({ progress })));
  response.end();
}

const METHODS: ReadonlyMap<string, 'GET' | 'POST'> = new Map([
  ['/status', 'GET'],
  ['/healthz', 'GET'],
  ['/drain', 'POST'],
  ['/undrain', 'POST'],
]);

async function answerTo(
  request: IncomingMessage,
  answers: Answers,
): Promise<readonly [code: number, body: unknown, allow?: string]> {
  if (hasBody(request)) return [413, { error: 'requests have no body here' }];
  const path = request.url?.split('?', 1)[0] ?? '';
  const method = METHODS.get(path);
  if (method === undefined)
    return [404, { error: `there is only ${[...METHODS].map(([name, by]) => `${by} ${name}`).join(', ')}` }];
  if (request.method !== method) return [405, { error: `${path} takes ${method} only` }, method];
  if (method === 'POST') return [400, { error: `${path} is asked in another way: ${request.url}` }];
  if (path === '/status') return [200, await answers.status()];
  const health = answers.health();
  return [health.ok ? 200 : 503, health];
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function send(response: ServerResponse, code: number, body: unknown, allow?: string): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
    ...(allow === undefined ? {} : { allow }),
  });
  response.end(text);
}
