/** `locum run`: the daemon, once the configuration is known to be good. */

import { formatProblems } from '../app/config/problems.ts';
import { createLog } from '../app/log.ts';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { gather } from './configuration.ts';
import { type Dependencies, EXIT, type ExitCode, type Io } from './io.ts';

export interface RunOptions {
  readonly config?: string;
  readonly keepalivedConf?: string;
}

export async function run(options: RunOptions, io: Io, dependencies: Dependencies): Promise<ExitCode> {
  const { config: file, keepalivedConf } = options;
  const { config, problems, proxy } = await gather(
    { file, keepalivedConf, offline: false },
    io,
    dependencies,
  );
  if (config === undefined) {
    io.stderr.write(`${formatProblems(problems)}\nLocum does not start; nothing was touched.\n`);
    return EXIT.refused;
  }
  const log = createLog(config.log, io.stdout);
  for (const { path, what, source, fix } of problems) log.warn({ path, source, fix }, what);
  try {
    await dependencies.runDaemon(config, {
      log,
      version: io.version,
      nodeName: dependencies.nodeName(),
      signal: io.endSignal(),
      proxy,
    });
    return EXIT.done;
  } catch (thrown) {
    const fields = thrown instanceof OperatingError ? { code: thrown.code, ...thrown.context } : {};
    log.error(fields, `the daemon ends: ${messageOf(thrown)}`);
    return EXIT.failed;
  }
}
