/** `locum check`: what the sources add up to, where each value comes from, and everything that is wrong with it. */

import { jsonSchema } from '../app/config/json-schema.ts';
import { formatProblems, hasErrors, type Problem } from '../app/config/problems.ts';
import type { Setting } from '../app/config/settings.ts';
import { gather } from './configuration.ts';
import { type Dependencies, EXIT, type ExitCode, type Io } from './io.ts';

export interface CheckOptions {
  readonly config?: string;
  readonly keepalivedConf?: string;
  readonly json?: boolean;
  readonly offline?: boolean;
  readonly schema?: boolean;
}

export async function check(options: CheckOptions, io: Io, dependencies: Dependencies): Promise<ExitCode> {
  if (options.schema === true) {
    io.stdout.write(`${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
    return EXIT.done;
  }
  const offline = options.offline === true;
  const { config: file, keepalivedConf } = options;
  const gathered = await gather({ file, keepalivedConf, offline }, io, dependencies);
  const { settings, findings } = gathered;
  const problems = gathered.problems.map(problem =>
    findings.mistakes.includes(problem) ? asError(problem) : problem,
  );
  const ok = !hasErrors(problems);
  if (options.json === true) io.stdout.write(`${JSON.stringify({ ok, problems, settings }, undefined, 2)}\n`);
  else {
    io.stdout.write(settingsText(settings));
    const report = problems.length > 0 ? `${formatProblems(problems)}\n\n` : '';
    io.stderr.write(
      `${settings.length > 0 ? '\n' : ''}${report}${summary(problems, !hasErrors(gathered.problems))}\n`,
    );
  }
  return ok ? EXIT.done : EXIT.refused;
}

function settingsText(settings: readonly Setting[]): string {
  const rows = settings.map(({ path, value, source }) => [`${path}:`, value, `# ${source}`] as const);
  const width = (column: 0 | 1) => Math.min(60, Math.max(0, ...rows.map(row => row[column].length)));
  const [first, second] = [width(0), width(1)];
  return rows
    .map(([path, value, source]) => `${path.padEnd(first)} ${value.padEnd(second)}  ${source}\n`)
    .join('');
}

/** Somebody who checks a file wants to know what a line does not do. */
function asError(mistake: Problem): Problem {
  return { ...mistake, severity: 'error' };
}

function summary(problems: readonly Problem[], starts: boolean): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
  if (errors > 0) {
    const would = starts ? 'would start without these lines, as keepalived does' : 'would not start';
    return `${count(errors, 'error')}, ${count(warnings, 'warning')}: Locum ${would}.`;
  }
  return warnings > 0 ? `${count(warnings, 'warning')}: Locum would start.` : 'All good: Locum would start.';
}
