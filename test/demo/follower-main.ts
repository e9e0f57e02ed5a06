/**
 * Runs inside a Locum container, fed on stdin: reads the daemon's status again and again through the control socket, and kills nginx when
 * told to. JSON lines with CLOCK_MONOTONIC in µs, the clock of the client's program too. Nothing but Node is there to import.
 *
 *     node - follow SOCKET EVERY_MS
 *     node - kill PROCESS-NAME
 */

import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';

const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);

function follow(socketPath: string, everyMs: number): void {
  const again = (): void => void setTimeout(() => follow(socketPath, everyMs), everyMs);
  const sent = request({ socketPath, path: '/status' }, response => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', chunk => {
      text += chunk;
    });
    response.on('end', () => {
      process.stdout.write(`{"atUs":${nowUs()},"status":${text.trim()}}\n`);
      again();
    });
  });
  sent.on('error', again);
  sent.end();
}

/** SIGKILL to every process of that name at once, as far as their list was read before. */
function kill(name: string): void {
  const pids = readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry) && nameOf(entry) === name)
    .map(Number);
  const atUs = nowUs();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  process.stdout.write(`{"atUs":${atUs},"killed":${pids.length}}\n`);
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

const [what, argument = '', every = '20'] = process.argv.slice(2);
if (what === 'follow') follow(argument, Number(every));
else if (what === 'kill') kill(argument);
else process.exitCode = 2;
