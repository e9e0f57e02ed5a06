/** `locum drain` and `locum undrain`: an operator's word to the daemon that runs beside. */

import { formatProblems } from '../app/config/problems.ts';
import { askToDrain, askToUndrain } from '../control/client.ts';
import { type DrainLine, type DrainOutcome, renderDrainLine } from '../control/drain.ts';
import type { OperatingError } from '../lib/errors.ts';
import type { Result } from '../lib/result.ts';
import { controlSocket } from './configuration.ts';
import { EXIT, type ExitCode, type Io } from './io.ts';
import type { AskOptions } from './status.ts';

export interface DrainOptions extends AskOptions {
  readonly json?: boolean;
}

export function drain(options: DrainOptions & { readonly force?: boolean }, io: Io): Promise<ExitCode> {
  return tell(options, io, (socket, show) => askToDrain(socket, options.force === true, show));
}

export function undrain(options: DrainOptions, io: Io): Promise<ExitCode> {
  return tell(options, io, socket => askToUndrain(socket));
}

type Show = (line: DrainLine) => void;
type Asking = (socket: string, show: Show) => Promise<Result<DrainOutcome, OperatingError>>;

async function tell({ socket: named, json }: DrainOptions, io: Io, ask: Asking): Promise<ExitCode> {
  const socket = await controlSocket(named, io);
  if (typeof socket !== 'string') {
    io.stderr.write(`${formatProblems([socket])}\n`);
    return EXIT.refused;
  }
  const show: Show = line =>
    void io.stdout.write(`${json === true ? JSON.stringify(line) : renderDrainLine(line)}\n`);
  const answer = await ask(socket, show);
  if (!answer.ok) {
    io.stderr.write(`error: ${answer.error.message}\n`);
    return EXIT.failed;
  }
  show(answer.value);
  return answer.value.ok ? EXIT.done : EXIT.failed;
}
