/**
 * Those who mean no good, for the bench of views: connections to each address that ask as fast as they are answered, for every view and for
 * what is no request, and begin again as soon as they are ended. Prints a JSON line of how often each second.
 *
 *     node views-siege-main.js CONNECTIONS PORT ADDRESS…
 */

import { connect } from 'node:net';

const [connections = '300', port = '9112', ...addresses] = process.argv.slice(2);

const PATHS = ['/healthz', '/status', '/metrics', '/events', '/', '/nothing', '/drain'];
const NO_REQUEST = '\u0001\u0002\u0003\r\n\r\n';
const QUESTIONS = [
  ...PATHS.map(path => `GET ${path} HTTP/1.1\r\nHost: 198.18.51.11\r\n\r\n`),
  NO_REQUEST,
] as const;

const counts = { begun: 0, ended: 0, octets: 0 };

function besiege(host: string): void {
  counts.begun += 1;
  const socket = connect({ host, port: Number(port) });
  socket.on('connect', () => socket.write(QUESTIONS[counts.begun % QUESTIONS.length] ?? NO_REQUEST));
  socket.on('data', chunk => {
    counts.octets += chunk.length;
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    counts.ended += 1;
    setImmediate(() => besiege(host));
  });
}

for (const address of addresses) for (let at = 0; at < Number(connections); at += 1) besiege(address);
setInterval(() => void process.stdout.write(`${JSON.stringify(counts)}\n`), 1_000);
