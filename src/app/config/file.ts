/** Finds and reads the configuration file. Adapter: decides only which file, never what it means. */

import { open } from 'node:fs/promises';
import { messageOf } from '../../lib/errors.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { TextFile } from './load.ts';
import type { Problem } from './problems.ts';

/** Read when it exists and no other is named. */
export const DEFAULT_FILE = '/etc/locum/locum.yaml';

/** Far more than any configuration; a wrong path must not fill the memory. */
const LARGEST_BYTES = 1_048_576;

/** The named file, else LOCUM_CONFIG's, else the default one; undefined when only the default was meant and is not there. */
export async function readConfigFile(
  named: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Result<TextFile | undefined, Problem>> {
  const fromEnvironment = environment['LOCUM_CONFIG'] || undefined;
  const file = named ?? fromEnvironment ?? DEFAULT_FILE;
  const source = named !== undefined ? '--config' : 'environment LOCUM_CONFIG';
  try {
    return ok({ name: file, content: await readBounded(file) });
  } catch (thrown) {
    const isDefault = named === undefined && fromEnvironment === undefined;
    if (isDefault && isMissing(thrown)) return ok(undefined);
    return err({
      severity: 'error',
      path: 'file',
      what: `${file} cannot be read: ${isMissing(thrown) ? 'there is no such file' : messageOf(thrown)}`,
      source: isDefault ? 'the default path' : source,
      fix: 'name a readable YAML file of at most 1 MiB',
    });
  }
}

const isMissing = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException).code === 'ENOENT';

async function readBounded(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(LARGEST_BYTES + 1), 0, LARGEST_BYTES + 1);
    if (bytesRead > LARGEST_BYTES) throw new RangeError('it is larger than 1 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}
