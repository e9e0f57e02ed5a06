/** `locum doctor`: looks at this host with the eyes of the daemon, and says line by line what is there and what to do. */

import { NEEDED_CAPABILITIES } from '../app/config/check-host.ts';
import type { Config } from '../app/config/config.ts';
import { formatProblems } from '../app/config/problems.ts';
import type { ExamineOptions } from '../app/doctor/examine.ts';
import { diagnose } from '../doctor/diagnose.ts';
import { hasFailures, linesJson, renderLines } from '../doctor/render.ts';
import { type Duration, formatDuration, inSeconds, parseDuration, seconds } from '../lib/time.ts';
import { type Gathered, gather } from './configuration.ts';
import { type Dependencies, EXIT, type ExitCode, type Io, type Output } from './io.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly keepalivedConf?: string;
  readonly json?: boolean;
  readonly listen?: string;
}

const LONGEST_LISTENING = seconds(120);

export async function doctor(options: DoctorOptions, io: Io, dependencies: Dependencies): Promise<ExitCode> {
  const listen = options.listen === undefined ? undefined : parseDuration(options.listen);
  if (options.listen !== undefined && (listen === undefined || listen === 0 || listen > LONGEST_LISTENING)) {
    io.stderr.write(`error: --listen takes a time up to ${formatDuration(LONGEST_LISTENING)}, such as 10s\n`);
    return EXIT.refused;
  }
  const { config: file, keepalivedConf } = options;
  const gathered = await gather({ file, keepalivedConf, offline: false }, io, dependencies);
  const { wanted, findings } = gathered;
  const refusals = [...findings.sources, ...findings.interfaces, ...findings.programs].filter(
    ({ severity }) => severity === 'error',
  );
  if (wanted === undefined || refusals.length > 0) {
    io.stderr.write(
      `${formatProblems(gathered.problems)}\nNothing was examined: first make the configuration good.\n`,
    );
    return EXIT.refused;
  }
  const progress = progressOn(io.stderr);
  const facts = await dependencies.examine(examination(wanted, gathered, listen, progress.show));
  progress.clear();
  const lines = diagnose(facts);
  const text = options.json === true ? JSON.stringify(linesJson(lines), undefined, 2) : renderLines(lines);
  io.stdout.write(`${text}\n`);
  return hasFailures(lines) ? EXIT.failed : EXIT.done;
}

function examination(
  config: Config,
  { findings }: Gathered,
  listen: Duration | undefined,
  onListening: ExamineOptions['onListening'],
): ExamineOptions {
  return {
    config,
    // What is wrong with an interface or the engine has lines of its own, with more to say.
    warnings: [...findings.mistakes, ...findings.sources, ...findings.programs].filter(
      ({ severity }) => severity === 'warning',
    ),
    capabilities: { needed: NEEDED_CAPABILITIES, problems: findings.capabilities },
    scheduling: findings.scheduling,
    listen,
    onListening,
  };
}

const CLEAR_LINE = '\r\u001b[K';

/** One line that comes and goes; only for who looks at it. */
function progressOn(output: Output): { show(duration: Duration): void; clear(): void } {
  if (output.isTTY !== true) return { show: () => {}, clear: () => {} };
  return {
    show: duration => void output.write(`Listening on the network for ${inSeconds(duration).toFixed(1)} s …`),
    clear: () => void output.write(CLEAR_LINE),
  };
}
