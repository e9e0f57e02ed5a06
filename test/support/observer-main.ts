/**
 * A client that looks at a web server without pause, from inside a test host's namespace: a new connection for each request, one request
 * every millisecond or as told, each on its own clock, so that a request that hangs delays no other. Prints JSON lines, one for each
 * change of what it sees: which node answers (header `X-Locum-Node`), or what error. Times are CLOCK_MONOTONIC in µs, the same clock for
 * every process on the machine. A failure that tells nothing new is a line `{"late":1}`.
 *
 *     node observer-main.js ADDRESS PORT EVERY_MS
 */

import { connect } from 'node:net';

/** A request that has heard nothing by then is given up; a lost SYN would be sent again after a second only. */
const TIMEOUT_MS = 250;
const MOST_PENDING = 500;

const [address = '', port = '80', every = '1'] = process.argv.slice(2);
const everyUs = Number(every) * 1_000;
const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);

let seen: string | undefined;
let repeats = 0;
let lastAnswerBeganUs = 0;
let pending = 0;

/** `what`: the node that answered, or `!` and an error code. */
function note(what: string, beganUs: number): void {
  const answered = !what.startsWith('!');
  // A failure that began before the latest answer tells nothing new: a request was lost, no more.
  if (!answered && beganUs < lastAnswerBeganUs) {
    process.stdout.write('{"late":1}\n');
    return;
  }
  if (answered) lastAnswerBeganUs = Math.max(lastAnswerBeganUs, beganUs);
  repeats += 1;
  if (what === seen) return;
  process.stdout.write(
    `${JSON.stringify({ atUs: nowUs(), beganUs, what, before: seen, beforeCount: repeats - 1 })}\n`,
  );
  seen = what;
  repeats = 1;
}

function request(): void {
  if (pending >= MOST_PENDING) return;
  pending += 1;
  const beganUs = nowUs();
  let text = '';
  let done = false;
  const socket = connect({ host: address, port: Number(port), noDelay: true });
  const end = (what: string): void => {
    if (done) return;
    done = true;
    pending -= 1;
    clearTimeout(timer);
    note(what, beganUs);
    // Not a FIN: thousands of connections in TIME-WAIT would use up the client's ports.
    socket.resetAndDestroy();
  };
  const timer = setTimeout(() => end('!TIMEOUT'), TIMEOUT_MS);
  socket.once('connect', () =>
    socket.write(`GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`),
  );
  socket.on('data', chunk => {
    text += chunk.toString('latin1');
    const node = nodeOf(text);
    if (node !== undefined) end(node);
  });
  socket.once('error', error => end(`!${(error as NodeJS.ErrnoException).code ?? error.message}`));
  socket.once('end', () => end('!CLOSED'));
}

/** The node that answered, once its header is here; a status other than 200 reads `!503`. */
function nodeOf(text: string): string | undefined {
  if (!text.includes('\r\n\r\n')) return undefined;
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? '?';
  return status === '200' ? (/^x-locum-node: *(\S+)/im.exec(text)?.[1] ?? 'somebody') : `!${status}`;
}

let dueUs = nowUs();
function tick(): void {
  // Late ticks are not made up for: bursts would measure the client.
  if (nowUs() >= dueUs) {
    request();
    dueUs = Math.max(dueUs + everyUs, nowUs());
  }
  setTimeout(tick, Math.max(0, Math.ceil((dueUs - nowUs()) / 1_000)));
}
tick();
