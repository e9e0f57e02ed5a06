/** Asks a running daemon over its control socket, and tells it what an operator wants. */

import { request } from 'node:http';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { DrainOutcome, DrainProgress } from './drain.ts';
import type { Event } from './event.ts';
import type { ReloadOutcome } from './reload.ts';
import type { Health, Status } from './status.ts';

const TIMEOUT_MS = 3_000;
const LARGEST_ANSWER_BYTES = 16_777_216;
/** Of a line of progress; between two of them, the longest that `drain.hold` can make a step. */
const LONGEST_LINE_BYTES = 65_536;
const SILENCE_MS = 30_000;

interface Answer {
  readonly code: number;
  readonly body: string;
}

/** The daemon's snapshot, or why there is none: a message for people with the socket and what to do. */
export async function fetchStatus(socket: string): Promise<Result<Status, OperatingError>> {
  const answer = await ask(socket, '/status');
  if (!answer.ok) return answer;
  return answer.value.code === 200
    ? readJson<Status>(socket, answer.value)
    : err(unexpected(socket, answer.value));
}

/** Whether the daemon itself works; an answer that says no is an answer. */
export async function fetchHealth(socket: string): Promise<Result<Health, OperatingError>> {
  const answer = await ask(socket, '/healthz');
  if (!answer.ok) return answer;
  return answer.value.code === 200 || answer.value.code === 503
    ? readJson<Health>(socket, answer.value)
    : err(unexpected(socket, answer.value));
}

/** The last events, oldest first. */
export async function fetchEvents(socket: string): Promise<Result<readonly Event[], OperatingError>> {
  const answer = await ask(socket, '/events');
  if (!answer.ok) return answer;
  if (answer.value.code !== 200) return err(unexpected(socket, answer.value));
  const lines = answer.value.body.split('\n').filter(line => line !== '');
  return readJson<readonly Event[]>(socket, { ...answer.value, body: `[${lines.join(',')}]` });
}

/** Hands this node's addresses over and keeps it away; `force`: even when nobody takes them. Shows the progress as it comes. */
export function askToDrain(
  socket: string,
  force: boolean,
  show: (progress: DrainProgress) => void,
): Promise<Result<DrainOutcome, OperatingError>> {
  return order(socket, force ? '/drain?force' : '/drain', show);
}

export function askToUndrain(socket: string): Promise<Result<DrainOutcome, OperatingError>> {
  return order(socket, '/undrain', () => {});
}

/** Has the configuration read again. */
export function askToReload(socket: string): Promise<Result<ReloadOutcome, OperatingError>> {
  return order(socket, '/reload', () => {});
}

async function order<Outcome extends object>(
  socket: string,
  path: string,
  show: (progress: DrainProgress) => void,
): Promise<Result<Outcome, OperatingError>> {
  let outcome: Outcome | undefined;
  try {
    const code = await post(socket, path, text => {
      const line = readLine<Outcome>(text);
      if (line === undefined) return;
      if ('progress' in line) show(line);
      else outcome = line;
    });
    return outcome === undefined ? err(unexpected(socket, { code, body: '' })) : ok(outcome);
  } catch (thrown) {
    return err(new OperatingError('daemon-unreachable', unreachableText(socket, thrown), { socket }, thrown));
  }
}

function readLine<Outcome extends object>(text: string): DrainProgress | Outcome | undefined {
  try {
    const line = JSON.parse(text) as DrainProgress | Outcome | null;
    return line !== null && ('progress' in line || 'outcome' in line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function readJson<T>(socket: string, answer: Answer): Result<T, OperatingError> {
  try {
    return ok(JSON.parse(answer.body) as T);
  } catch {
    return err(unexpected(socket, answer));
  }
}

function unexpected(socket: string, { code }: Answer): OperatingError {
  return new OperatingError(
    'control-answer',
    `${socket} answers, but not as a Locum daemon of this version (HTTP ${code}); use the locum command of the daemon's own container`,
    { socket, code },
  );
}

async function ask(socket: string, path: string): Promise<Result<Answer, OperatingError>> {
  try {
    return ok(await get(socket, path));
  } catch (thrown) {
    return err(new OperatingError('daemon-unreachable', unreachableText(socket, thrown), { socket }, thrown));
  }
}

/** For people: which socket, why, and what to do. */
export function unreachableText(socket: string, thrown: unknown): string {
  const advice: Readonly<Record<string, string>> = {
    ENOENT: 'nothing is there: is the daemon running, and is this its container? --socket names another path',
    ECONNREFUSED: 'nobody listens there: the daemon has died or was killed',
    EACCES: "it may not be opened: run this as the daemon's user",
  };
  const code = (thrown as NodeJS.ErrnoException).code ?? '';
  return `no daemon answers at ${socket}: ${advice[code] ?? messageOf(thrown)}`;
}

function get(socketPath: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const question = request({ socketPath, path, signal, agent: false }, response => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > LARGEST_ANSWER_BYTES) response.destroy(new Error('its answer is too long'));
        else chunks.push(chunk);
      });
      response.on('end', () =>
        resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
      response.on('error', reject);
    });
    question.on('error', error =>
      reject(signal.aborted ? new Error(`no answer within ${TIMEOUT_MS} ms`) : error),
    );
    question.end();
  });
}

/** Gives each line of the answer to the callback as it arrives, and settles with the HTTP status at its end. */
function post(socketPath: string, path: string, onLine: (line: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const question = request({ socketPath, path, method: 'POST', agent: false }, response => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > LONGEST_LINE_BYTES) response.destroy(new Error('its answer is too long'));
        if (response.statusCode === 200) lines.forEach(onLine);
      });
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    question.setTimeout(SILENCE_MS, () => question.destroy(new Error(`silent for ${SILENCE_MS} ms`)));
    question.on('error', reject);
    question.end();
  });
}
