/**
 * The Docker Engine API through dockerode: GET only. The daemon makes two calls (`/containers/json`, `/events`) and, when nginx refuses a
 * configuration, a third (`/containers/{id}/logs`, which a filter may refuse); `locum explain` makes one more (`/containers/{id}/json`), and
 * `locum doctor` one (`/info`) that a filtered engine refuses. The only file that imports dockerode.
 * Decides nothing and keeps nothing; every failure is an OperatingError that says which engine and what to do.
 */

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Docker from 'dockerode';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { readContainerDetails } from './container-details.ts';
import { readContainerList } from './container-list.ts';
import type { ContainerReader, DockerEngine } from './engine.ts';
import { EVENT_FILTERS } from './events.ts';
import { type Connection, type Credentials, type DockerHost, dockerHost, parseDockerHost } from './host.ts';
import { DEFAULT_PREFIX } from './labels.ts';
import { readLogStream } from './log-stream.ts';

/** A client for the engine at `host`; nothing is sent before the first call. Throws an OperatingError when the host is malformed. */
export function connectDocker(
  host: string,
  { labelPrefix = DEFAULT_PREFIX, ...credentials }: Connection = {},
): DockerEngine & ContainerReader {
  const docker = new Docker(optionsOf(dockerHost(host), credentials));
  const call = <T>(doing: string, signal: AbortSignal, answer: Promise<T>): Promise<T> =>
    untilAborted(answer, signal).catch((thrown: unknown) => {
      throw unreachable(host, doing, thrown);
    });
  return {
    list: async signal => {
      const options = { all: true, abortSignal: signal };
      const answer: unknown = await call('list containers', signal, docker.listContainers(options));
      // Parsing hundreds of containers took milliseconds, and so does reading them: adverts may be due in between, and afterwards.
      await nextTurn();
      const reading = readContainerList(answer, labelPrefix);
      await nextTurn();
      if (reading === undefined)
        throw unreachable(host, 'list containers', new Error('the answer is not a list'));
      return reading.snapshot;
    },
    events: async signal => {
      const options = { filters: JSON.stringify(EVENT_FILTERS), abortSignal: signal };
      const stream = await call('read events', signal, docker.getEvents(options));
      return (stream as Readable).setEncoding('utf8');
    },
    inspect: async (id, signal) => {
      const answer: unknown = await call(
        'inspect a container',
        signal,
        docker.getContainer(id).inspect({ abortSignal: signal }),
      );
      const details = readContainerDetails(answer);
      if (details === undefined)
        throw unreachable(host, 'inspect a container', new Error('the answer is no container'));
      return details;
    },
    errors: async (id, since, signal) => {
      const options = {
        stderr: true,
        stdout: false,
        follow: false as const,
        since,
        tail: LOG_LINES,
        abortSignal: signal,
      };
      const answer = await call('read a log', signal, docker.getContainer(id).logs(options));
      return readLogStream(answer);
    },
  };
}

function optionsOf(where: DockerHost, { tls, ssh }: Credentials): Docker.DockerOptions {
  if (!('protocol' in where)) return where;
  if (where.protocol === 'ssh') {
    const known = (key: Buffer): boolean => ssh !== undefined && fingerprintOf(key) === ssh.fingerprint;
    const { privateKey } = ssh ?? {};
    return { ...where, sshOptions: { ...(privateKey && { privateKey }), hostVerifier: known, ...SSH_TIMES } };
  }
  return tls === undefined ? where : { ...where, protocol: 'https', ...tls };
}

/**
 * A stream of events on which nothing comes is as quiet as one whose other end is gone: asked this often, a peer that leaves three questions
 * without an answer is taken for gone, and the stream ends with an error.
 */
const SSH_TIMES = { readyTimeout: 4_000, keepaliveInterval: 5_000, keepaliveCountMax: 3 } as const;

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Of a log; a refusal of nginx is one. */
const LOG_LINES = 50;

/** Whether the engine also answers what the daemon never asks, GET /info: then nothing filters it. `unknown`: it gave no answer. */
export async function answersBeyondNeed(
  host: string,
  signal: AbortSignal,
): Promise<'answered' | 'refused' | 'unknown'> {
  const where = parseDockerHost(host);
  if (!where.ok) return 'unknown';
  const docker = new Docker(where.value);
  /** The types know no options of info; the library does. */
  const info = docker.info.bind(docker) as unknown as (options: Abortable) => Promise<unknown>;
  try {
    await untilAborted(info({ abortSignal: signal }), signal);
    return 'answered';
  } catch (thrown) {
    return thrown instanceof Error && 'statusCode' in thrown ? 'refused' : 'unknown';
  }
}

interface Abortable {
  readonly abortSignal: AbortSignal;
}

/** Rejects at the abort at the latest: the library never settles when the connection ends in the middle of an answer. */
async function untilAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('no answer in time'));
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function unreachable(host: string, doing: string, cause: unknown): OperatingError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return new OperatingError(
    'docker-unreachable',
    `cannot ${doing} on the Docker engine at ${host}: ${messageOf(cause)}${ADVICE[code ?? ''] ?? ''}`,
    { host, ...(code === undefined ? {} : { cause: code }) },
    cause,
  );
}

/** What to do, by system error. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: '; mount the socket into the container or set docker.host',
  EACCES: '; give this user access to the socket',
  ECONNREFUSED: '; is the engine running?',
};
