/** `locum reload`: the daemon that runs beside reads its configuration again. */

import { formatProblems } from '../app/config/problems.ts';
import { askToReload } from '../control/client.ts';
import { type ReloadOutcome, renderReload } from '../control/reload.ts';
import { controlSocket } from './configuration.ts';
import { EXIT, type ExitCode, type Io } from './io.ts';
import type { AskOptions } from './status.ts';

export interface ReloadOptions extends AskOptions {
  readonly json?: boolean;
}

export async function reload({ socket: named, json }: ReloadOptions, io: Io): Promise<ExitCode> {
  const socket = await controlSocket(named, io);
  if (typeof socket !== 'string') {
    io.stderr.write(`${formatProblems([socket])}\n`);
    return EXIT.refused;
  }
  const answer = await askToReload(socket);
  if (!answer.ok) {
    io.stderr.write(`error: ${answer.error.message}\n`);
    return EXIT.failed;
  }
  const outcome: ReloadOutcome = answer.value;
  io.stdout.write(`${json === true ? JSON.stringify(outcome) : renderReload(outcome)}\n`);
  return outcome.ok ? EXIT.done : EXIT.refused;
}
