/**
 * Where the daemon is asked: HTTP/1.1 over its control socket (unix(7)), for the CLI and the image's health check, and, where a TCP address is
 * given, over that. Both serve the same views; an operator's words are heard on the socket alone, by whoever may open it. No request has a
 * body, each is the last on its connection, and there are only so many connections.
 */

import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type ListenOptions } from 'node:net';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { messageOf, OperatingError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Operator, Views } from './answers.ts';
import { Responder, type ResponderOptions } from './responder.ts';
import type { WebRules } from './web-rules.ts';

export interface ControlServer {
  /** What was dropped at a limit, by the limit. */
  drops(): { readonly connections: number; readonly readers: number };
  /** Stops listening, ends open connections and removes the socket file. */
  close(): Promise<void>;
}

/** Only the daemon's own user may ask. */
const SOCKET_MODE = 0o600;
const REQUEST_LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 2_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 1_000,
  connectionsCheckingInterval: 1_000,
};
/** A follower says nothing, and on a quiet node hears nothing: the kernel asks whether it is there still (tcp(7), SO_KEEPALIVE). */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 30_000 };

/** Connections, and answers of each kind that may stay open among them: what remains is for questions. */
const SOCKET_LIMITS = { mostConnections: 32, mostReaders: 8 };
/** Fifty open pages, as many followers of events, and room for scrapers and for pages that are only opened. */
export const TCP_LIMITS = { mostConnections: 160, mostReaders: 64 };

/**
 * Listens at `path`, whose folder is made where it is missing. What a daemon that was killed left there is removed; throws an
 * OperatingError when a living one answers, or when something else is in the way.
 */
export async function startControlServer(
  path: string,
  desk: { readonly views: Views; readonly operator: Operator },
  log: Logger,
): Promise<ControlServer> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await removeStaleSocket(path);
    const server = serve({ desk, web: undefined, name: 'control socket', log }, SOCKET_LIMITS);
    await server.listen({ path });
    await chmod(path, SOCKET_MODE);
    return server;
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

/** Where views are served over TCP. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Serves the views over TCP. Throws an OperatingError when the address cannot be had. */
export async function startViewServer(
  address: ListenAddress,
  views: Views,
  web: WebRules,
  log: Logger,
): Promise<ControlServer> {
  const server = serve({ desk: { views, operator: undefined }, web, name: 'views', log }, TCP_LIMITS);
  try {
    await server.listen({ ...address });
    return server;
  } catch (thrown) {
    const { host, port } = address;
    const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    throw new OperatingError(
      'http-listen',
      `http.listen: ${where} cannot be listened on: ${WHY_NOT[code] ?? messageOf(thrown)}`,
      { setting: 'http.listen', address: where },
      thrown,
    );
  }
}

const WHY_NOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; stop it, or set another port, or off',
  EADDRNOTAVAIL: 'no interface of this host has that address; set one that it has, 0.0.0.0 for all, or off',
  EACCES:
    'ports below 1024 need the capability NET_BIND_SERVICE; set another port, such as 9112, or add the capability',
};

interface Listening extends ControlServer {
  listen(where: ListenOptions): Promise<void>;
}

interface Limits {
  readonly mostConnections: number;
  readonly mostReaders: number;
}

function serve(options: Omit<ResponderOptions, 'mostReaders'>, limits: Limits): Listening {
  const responder = new Responder({ ...options, mostReaders: limits.mostReaders });
  const server = createServer(
    { ...REQUEST_LIMITS, ...KEEP_ALIVE },
    (request, response) => void responder.answer(request, response),
  );
  let connections = 0;
  server.maxConnections = limits.mostConnections;
  server.maxRequestsPerSocket = 1;
  server.on('drop', () => {
    connections++;
  });
  server.on('clientError', refuse);
  return {
    drops: () => ({ connections, readers: responder.dropped }),
    listen: where => listen(server, where, options),
    close: () => close(server),
  };
}

/** What is no request is told so once, where that is still possible. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = MALFORMED[error.code ?? ''] ?? '400 Bad Request';
  if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
  else
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
      socket.destroy(),
    );
}

/** By the codes of Node's parser. */
const MALFORMED: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function listen(
  server: Server,
  where: ListenOptions,
  { name, log }: Pick<ResponderOptions, 'name' | 'log'>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      server.on('error', error => log.warn({ error: error.message }, `the ${name} has an error`));
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
