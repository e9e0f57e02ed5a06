/** `locum run`: the daemon, once the configuration is known to be good. */

import { formatProblems } from '../app/config/problems.ts';
import type { Setting } from '../app/config/settings.ts';
import { createLog } from '../app/log.ts';
import { openRecording, type Recording } from '../app/recording.ts';
import { messageOf, OperatingError } from '../lib/errors.ts';
import type { LogFields, Logger } from '../lib/logger.ts';
import { ok, type Result } from '../lib/result.ts';
import { gather } from './configuration.ts';
import { type Dependencies, EXIT, type ExitCode, type Io } from './io.ts';

export interface RunOptions {
  readonly config?: string;
  readonly keepalivedConf?: string;
  /** The file of the recording. */
  readonly record?: string;
}

export async function run(options: RunOptions, io: Io, dependencies: Dependencies): Promise<ExitCode> {
  const { config: file, keepalivedConf } = options;
  const sources = { file, keepalivedConf, offline: false };
  const { config, problems, proxy, settings } = await gather(sources, io, dependencies);
  if (config === undefined) {
    io.stderr.write(`${formatProblems(problems)}\nLocum does not start; nothing was touched.\n`);
    return EXIT.refused;
  }
  // An address needs no reader of the log.
  io.outliveReaders();
  const log = createLog(config.log, io.stdout);
  const nodeName = dependencies.nodeName();
  const recording = await recordingFor(options, { log, version: io.version, node: nodeName });
  if (!recording.ok) {
    io.stderr.write(`error: ${recording.error.message}\nLocum does not start; nothing was touched.\n`);
    return EXIT.refused;
  }
  for (const { path, what, source, fix } of problems) log.warn({ path, source, fix }, what);
  try {
    await dependencies.runDaemon(config, {
      log,
      version: io.version,
      nodeName,
      signal: io.endSignal(),
      proxy,
      reread: ({ loading, readProxy }) =>
        gather({ ...sources, running: loading }, io, { ...dependencies, readProxy }),
      ...(recording.value && { recording: recording.value }),
    });
    return EXIT.done;
  } catch (thrown) {
    log.error(fieldsOf(thrown, settings), `the daemon ends: ${messageOf(thrown)}`);
    return EXIT.failed;
  } finally {
    await recording.value?.close();
  }
}

/** A failure that names a setting is told with where that setting came from. */
function fieldsOf(thrown: unknown, settings: readonly Setting[]): LogFields {
  if (!(thrown instanceof OperatingError)) return {};
  const { code, context } = thrown;
  const source = settings.find(({ path }) => path === context['setting'])?.source;
  return { code, ...context, ...(source !== undefined && { source }) };
}

async function recordingFor(
  { record }: RunOptions,
  about: { readonly log: Logger; readonly version: string; readonly node: string },
): Promise<Result<Recording | undefined, OperatingError>> {
  return record === undefined ? ok(undefined) : openRecording(record, about);
}
