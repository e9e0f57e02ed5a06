/** `locum convert`: keepalived.conf in, the YAML file that says the same out, with a comment for what has no counterpart. */

import { keepalivedLayer } from '../app/config/keepalived-layer.ts';
import { keepalivedYaml } from '../app/config/keepalived-yaml.ts';
import { loadConfig } from '../app/config/load.ts';
import { formatProblems, hasErrors } from '../app/config/problems.ts';
import { sentenceOf } from '../keepalived/settings/sheet.ts';
import { type Dependencies, EXIT, type ExitCode, type Io } from './io.ts';
import { readKeepalivedFile, translated } from './keepalived-file.ts';
import { readStream, STANDARD_INPUT } from './node-files.ts';

export async function convert(file: string, io: Io, dependencies: Dependencies): Promise<ExitCode> {
  const text = file === STANDARD_INPUT ? await readStream(io.stdin) : readKeepalivedFile(file);
  if (!text.ok) return refused([text.error], io);
  const { name } = text.value;
  const { translation, problems, mistakes, remarks } = translated(text.value, dependencies);
  const told = [...mistakes, ...problems];
  if (translation === undefined) return refused(told, io);
  const layer = keepalivedLayer(translation, name);
  // Docker is not asked: the file must be good without.
  const loaded = loadConfig({ file: layer, proxy: undefined, environment: {}, engineSilent: true });
  const all = [...told, ...loaded.problems];
  if (hasErrors(all)) return refused(all, io);
  if (all.length > 0) io.stderr.write(`${formatProblems(all)}\n`);
  io.stdout.write(keepalivedYaml(translation, [openingFor(name), ...remarks.map(sentenceOf)]));
  return EXIT.done;
}

function refused(problems: Parameters<typeof formatProblems>[0], io: Io): ExitCode {
  io.stderr.write(`${formatProblems(problems)}\nNothing was converted.\n`);
  return EXIT.refused;
}

function openingFor(name: string): string {
  return [
    `What ${name} says, in the words of Locum. Try it: locum check --config THIS-FILE`,
    'The other nodes may run keepalived or Locum. Between two of Locum a hand-over takes milliseconds; beside keepalived nothing',
    'else is needed, `timing` may stay at fast: it changes only what this node waits for, not what is on the wire.',
  ].join('\n');
}
