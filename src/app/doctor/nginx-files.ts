/**
 * Whether nginx's configuration includes a file, followed from its main file through /proc/PID/root, as nginx itself sees its files.
 * Folders are told by device and inode, since a volume may be mounted elsewhere there. Only reads, within bounds.
 */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { includesOf, mainFileOf, takesName } from '../../doctor/nginx-includes.ts';
import type { UpstreamsFacts } from '../../doctor/upstreams.ts';
import type { ProcessEntry } from '../../lib/process-table.ts';

const DEFAULT_FILE = '/etc/nginx/nginx.conf';
const MOST_FILES = 200;
const LONGEST_FILE_BYTES = 4_194_304;
const GLOB = /[*?[]/;

/** `unknown` when a file cannot be read from here, as in a container that may not trace nginx's. */
export async function isIncluded(master: ProcessEntry, path: string): Promise<UpstreamsFacts['included']> {
  const { prefix, file } = mainFileOf(master.title);
  const main = resolve(prefix ?? '/', file ?? DEFAULT_FILE);
  const root = `/proc/${master.pid}/root`;
  const target: Target = { root, folder: await folderKey(dirname(path)), name: basename(path) };
  const waiting = [main];
  const seen = new Set<string>();
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (seen.has(next)) continue;
    const text = seen.size < MOST_FILES ? await readBounded(root + next) : undefined;
    if (text === undefined) return 'unknown';
    seen.add(next);
    for (const pattern of includesOf(text)) {
      const found = await follow(resolve(dirname(main), pattern), target);
      if (!Array.isArray(found)) return found;
      waiting.push(...found);
    }
  }
  return 'no';
}

/** The file that is looked for, by its folder's key. */
interface Target {
  readonly root: string;
  readonly folder: string | undefined;
  readonly name: string;
}

/** What one pattern includes: the file itself, or others to look into. */
async function follow(
  pattern: string,
  { root, folder, name }: Target,
): Promise<'yes' | 'unknown' | string[]> {
  const place = dirname(pattern);
  if (GLOB.test(place)) return 'unknown';
  const isThere = folder !== undefined && (await folderKey(root + place)) === folder;
  return isThere && takesName(basename(pattern), name) ? 'yes' : matches(root, place, basename(pattern));
}

async function readBounded(path: string): Promise<string | undefined> {
  const size = (await stat(path).catch(() => undefined))?.size ?? LONGEST_FILE_BYTES;
  return size < LONGEST_FILE_BYTES ? readFile(path, 'utf8').catch(() => undefined) : undefined;
}

async function folderKey(folder: string): Promise<string | undefined> {
  const found = await stat(folder, { bigint: true }).catch(() => undefined);
  return found && `${found.dev} ${found.ino}`;
}

/** The files that a pattern takes; a plain name is taken whether it is there or not, as nginx would fail without it. */
async function matches(root: string, folder: string, pattern: string): Promise<string[]> {
  const names = GLOB.test(pattern)
    ? (await readdir(root + folder).catch(() => [])).filter(name => takesName(pattern, name))
    : [pattern];
  return names.slice(0, MOST_FILES).map(name => resolve(folder, name));
}
