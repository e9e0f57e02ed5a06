/** Follows one of the daemon's streams over its control socket, line by line, until it ends or the asker has had enough. */

import { request } from 'node:http';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { unreachableText } from './client.ts';

export interface Following {
  /** The daemon has begun to answer. */
  readonly onOpen: () => void;
  /** Without its line break. */
  readonly onLine: (line: string) => void;
  /** After which silence the daemon counts as gone; undefined: it may be silent. */
  readonly silenceMs?: number;
  readonly signal: AbortSignal;
}

const ANSWER_MS = 3_000;
const LONGEST_LINE = 16_777_216;
const TOO_MANY = 503;

/** Settles when it is over: undefined after the signal, else with what became of the daemon, for people. Never rejects. */
export async function follow(
  socket: string,
  path: string,
  following: Following,
): Promise<OperatingError | undefined> {
  try {
    await readLines(socket, path, following);
    return undefined;
  } catch (thrown) {
    if (following.signal.aborted) return undefined;
    return thrown instanceof OperatingError
      ? thrown
      : new OperatingError('daemon-unreachable', unreachableText(socket, thrown), { socket }, thrown);
  }
}

/** Resolves never: a stream only ends with its daemon. */
function readLines(
  socketPath: string,
  path: string,
  { onOpen, onLine, silenceMs, signal }: Following,
): Promise<never> {
  return new Promise((_resolve, reject) => {
    const question = request({ socketPath, path, signal, agent: false }, response => {
      const code = response.statusCode ?? 0;
      if (code !== 200) {
        response.destroy();
        reject(refusedWith(socketPath, code));
        return;
      }
      question.setTimeout(silenceMs ?? 0);
      onOpen();
      const take = lineTaker(onLine);
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const problem = take(chunk);
        if (problem !== undefined) response.destroy(problem);
      });
      response.on('end', () => reject(new Error('it has ended')));
      response.on('error', reject);
    });
    question.setTimeout(ANSWER_MS, () => question.destroy(new Error('it is silent')));
    question.on('error', reject);
    question.end();
  });
}

/** Cuts what comes in into lines, and says what is wrong with one. */
function lineTaker(onLine: (line: string) => void): (chunk: string) => Error | undefined {
  let rest = '';
  return chunk => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    try {
      lines.forEach(onLine);
    } catch (thrown) {
      return new Error(`its answer cannot be read: ${messageOf(thrown)}`);
    }
    return rest.length <= LONGEST_LINE ? undefined : new Error('its answer is too long');
  };
}

function refusedWith(socket: string, code: number): OperatingError {
  const why =
    code === TOO_MANY
      ? 'as many follow it already as it serves; end one of them'
      : `it answers, but not as a Locum daemon of this version (HTTP ${code})`;
  return new OperatingError('control-answer', `the daemon at ${socket} cannot be followed: ${why}`, {
    socket,
    code,
  });
}
