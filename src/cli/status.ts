/** `locum status`, `locum upstreams` and `locum healthcheck`: questions to the daemon that runs beside. */

import { formatProblems } from '../app/config/problems.ts';
import { fetchHealth, fetchStatus } from '../control/client.ts';
import { renderStatus } from '../control/render-status.ts';
import { renderUpstreams } from '../control/render-upstreams.ts';
import type { OperatingError } from '../lib/errors.ts';
import type { Result } from '../lib/result.ts';
import { controlSocket } from './configuration.ts';
import { EXIT, type ExitCode, type Io } from './io.ts';
import { watchStatus } from './watch.ts';

export interface AskOptions {
  readonly socket?: string;
}

export interface StatusOptions extends AskOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
}

export async function status(options: StatusOptions, io: Io): Promise<ExitCode> {
  if (options.watch === true)
    return withSocket(options, io, socket => watchStatus(socket, options.json === true, io));
  return ask(options, io, fetchStatus, snapshot => {
    const text = options.json === true ? JSON.stringify(snapshot, undefined, 2) : renderStatus(snapshot);
    io.stdout.write(`${text}\n`);
    return EXIT.done;
  });
}

export async function upstreams(
  options: AskOptions & { readonly json?: boolean },
  io: Io,
): Promise<ExitCode> {
  return ask(options, io, fetchStatus, snapshot => {
    const seen = snapshot.upstreams;
    if (seen === null) {
      io.stderr.write(`${NOTHING_RENDERED}\n`);
      return EXIT.failed;
    }
    io.stdout.write(
      `${options.json === true ? JSON.stringify(seen, undefined, 2) : renderUpstreams(seen)}\n`,
    );
    return EXIT.done;
  });
}

const NOTHING_RENDERED =
  'error: the daemon renders no upstreams: nginx.upstreams-file is off, or docker is disabled and no upstream is configured';

export async function healthcheck(options: AskOptions, io: Io): Promise<ExitCode> {
  return ask(options, io, fetchHealth, health => {
    io.stdout.write(`${health.detail}\n`);
    return health.ok ? EXIT.done : EXIT.failed;
  });
}

function ask<T>(
  options: AskOptions,
  io: Io,
  fetch: (socket: string) => Promise<Result<T, OperatingError>>,
  show: (answer: T) => ExitCode,
): Promise<ExitCode> {
  return withSocket(options, io, async socket => {
    const answer = await fetch(socket);
    if (answer.ok) return show(answer.value);
    io.stderr.write(`error: ${answer.error.message}\n`);
    return EXIT.failed;
  });
}

/** Refuses when it cannot be told where the daemon listens. */
export async function withSocket(
  { socket: named }: AskOptions,
  io: Io,
  use: (socket: string) => Promise<ExitCode>,
): Promise<ExitCode> {
  const socket = await controlSocket(named, io);
  if (typeof socket === 'string') return use(socket);
  io.stderr.write(`${formatProblems([socket])}\n`);
  return EXIT.refused;
}
