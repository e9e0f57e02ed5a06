/** The files that nodes are configured by, each read by its format. A format of another program is one more entry of the table. */

import { readConfigFile } from '../app/config/file.ts';
import { loadConfig, type TextFile } from '../app/config/load.ts';
import type { Problem } from '../app/config/problems.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { Io } from './io.ts';
import { isKeepalivedFile, readKeepalivedNode } from './node-keepalived.ts';
import { locumNode, type NodeReading } from './node-models.ts';

interface Format {
  readonly fits: (file: TextFile) => boolean;
  readonly read: (file: TextFile) => NodeReading;
}

/** The first that fits reads the file. */
const FORMATS: readonly Format[] = [
  { fits: isKeepalivedFile, read: readKeepalivedNode },
  { fits: () => true, read: readYaml },
];

/** What stands for standard input where others name a file. */
export const STANDARD_INPUT = '-';

/** A node by itself: what labels and the environment of its host would add is not known here. */
export async function readNodeFile(path: string, stdin: Io['stdin']): Promise<NodeReading> {
  const file = path === STANDARD_INPUT ? await readStream(stdin) : await readConfigFile(path, {});
  if (!file.ok) return { node: undefined, problems: [{ ...file.error, source: 'the command line' }] };
  const text = file.value ?? { name: path, content: '' };
  const format = FORMATS.find(({ fits }) => fits(text));
  return format?.read(text) ?? { node: undefined, problems: [] };
}

/** As of a file. */
const LARGEST_BYTES = 1_048_576;

export async function readStream(stdin: Io['stdin']): Promise<Result<TextFile, Problem>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stdin) {
    bytes += piece.length;
    if (bytes > LARGEST_BYTES) return err(TOO_LONG);
    pieces.push(Buffer.from(piece));
  }
  return ok({ name: 'standard input', content: Buffer.concat(pieces).toString('utf8') });
}

const TOO_LONG: Problem = {
  severity: 'error',
  path: 'file',
  what: 'standard input is longer than 1 MiB',
  source: STANDARD_INPUT,
  fix: "give one node's configuration",
};

function readYaml(file: TextFile): NodeReading {
  const { config, settings, problems } = loadConfig({ file, proxy: undefined, environment: {} });
  return { node: config && locumNode(config, settings, file.name), problems };
}
