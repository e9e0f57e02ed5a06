/**
 * A load of requests on a web server, from inside a test host's namespace: half of them each on a connection of its own, half on
 * connections that are kept alive. A request that finds its kept connection dead is tried once more, on a new one, as browsers and proxies
 * do with requests that may be repeated. Prints a JSON line for each request that failed, was tried again or took long, and one with
 * the totals when it is told to end.
 *
 *     node load-main.js ADDRESS PORT REQUESTS_PER_SECOND LONG_MS
 */

import { connect, type Socket } from 'node:net';

/** Beyond the third try of a SYN, after 1, 3 and 7 s. */
const TIMEOUT_MS = 10_000;
const KEPT_CONNECTIONS = 50;
/** After a pause of this process, so many requests are made up for. */
const MOST_AT_ONCE = 50;

const [address = '', port = '80', rate = '500', long = '200'] = process.argv.slice(2);
const everyMs = 1_000 / Number(rate);
const longMs = Number(long);

type Ending = (error: string | undefined) => void;

const totals = { requests: 0, fresh: 0, kept: 0, answered: 0, failed: 0, retried: 0 };
const idle: Socket[] = [];
let keptOpen = 0;

function open(): Socket {
  const socket = connect({ host: address, port: Number(port), noDelay: true });
  // What befalls a connection outside a request is no request's business.
  return socket.on('error', () => {});
}

/** One request on the connection; the ending comes once. */
function exchange(socket: Socket, persistence: 'close' | 'keep-alive', done: Ending): void {
  let text = '';
  const end: Ending = error => {
    clearTimeout(timer);
    socket.off('data', onData).off('error', onError).off('close', onClose);
    done(error);
  };
  const onData = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
    if (isWhole(text)) end(status === '200' ? undefined : `status ${status}`);
  };
  const onError = (error: Error): void => end((error as NodeJS.ErrnoException).code ?? error.message);
  const onClose = (): void => end('closed without an answer');
  const timer = setTimeout(() => {
    end('no answer in time');
    socket.destroy();
  }, TIMEOUT_MS);
  socket.on('data', onData).on('error', onError).on('close', onClose);
  socket.write(`GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: ${persistence}\r\n\r\n`);
}

function isWhole(text: string): boolean {
  const [head, body] = text.split('\r\n\r\n', 2);
  const length = /^content-length: (\d+)/im.exec(head ?? '')?.[1];
  return body !== undefined && length !== undefined && body.length >= Number(length);
}

function report(kind: 'fresh' | 'kept', beganMs: number, error: string | undefined, retried: boolean): void {
  const tookMs = Math.round(performance.now() - beganMs);
  if (error === undefined) totals.answered += 1;
  else totals.failed += 1;
  if (error !== undefined || retried || tookMs > longMs)
    process.stdout.write(`${JSON.stringify({ kind, tookMs, retried, error })}\n`);
}

function requestFresh(): void {
  totals.fresh += 1;
  const beganMs = performance.now();
  const socket = open();
  exchange(socket, 'close', error => {
    report('fresh', beganMs, error, false);
    socket.end();
  });
}

function requestKept(): void {
  totals.kept += 1;
  const beganMs = performance.now();
  const pooled = keptOpen < KEPT_CONNECTIONS ? undefined : idle.shift();
  const first = pooled ?? openKept();
  exchange(first, 'keep-alive', error => {
    if (error === undefined || pooled === undefined) {
      settleKept(first, error);
      report('kept', beganMs, error, false);
      return;
    }
    totals.retried += 1;
    first.destroy();
    const second = openKept();
    exchange(second, 'keep-alive', last => {
      settleKept(second, last);
      report('kept', beganMs, last, true);
    });
  });
}

function openKept(): Socket {
  keptOpen += 1;
  const socket = open();
  socket.once('close', () => {
    keptOpen -= 1;
    const place = idle.indexOf(socket);
    if (place !== -1) idle.splice(place, 1);
  });
  return socket;
}

function settleKept(socket: Socket, error: string | undefined): void {
  if (error !== undefined || idle.length >= KEPT_CONNECTIONS) socket.destroy();
  else if (socket.writable && !socket.destroyed) idle.push(socket);
}

let dueMs = performance.now();
function tick(): void {
  for (let i = 0; performance.now() >= dueMs && i < MOST_AT_ONCE; i += 1) {
    totals.requests += 1;
    if (totals.requests % 2 === 0) requestFresh();
    else requestKept();
    dueMs += everyMs;
  }
  dueMs = Math.max(dueMs, performance.now() - MOST_AT_ONCE * everyMs);
  setTimeout(tick, Math.max(0, dueMs - performance.now()));
}
tick();

process.on('SIGTERM', () => process.stdout.write(`${JSON.stringify({ totals })}\n`, () => process.exit(0)));
