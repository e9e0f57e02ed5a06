/**
 * keepalived.conf, and the files that its `include` names: paths from the folder of the including file, with `*`, `?` and `[…]` in any part of the
 * path (glob(7)). Adapter: reads, and decides nothing about the text. What one line can make it read is bounded.
 */

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { SourceFile } from '../keepalived/lines.ts';
import { messageOf } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';

/** As of the file itself. */
const LARGEST_BYTES = 1_048_576;
const MOST_MATCHES = 1_000;

/** A file by its path; bytes that are no UTF-8 stand in comments, if anywhere. */
export function readWhole(path: string): Result<string, string> {
  try {
    return ok(readBounded(path));
  } catch (thrown) {
    return err(messageOf(thrown));
  }
}

export function readIncluded(pattern: string, from: string): Result<readonly SourceFile[], string> {
  const paths = matching(resolve(dirname(from), unquoted(pattern)));
  if (paths.length === 0) return err('no file is called that');
  try {
    return ok(paths.map(name => ({ name, text: readBounded(name) })));
  } catch (thrown) {
    return err(messageOf(thrown));
  }
}

function unquoted(pattern: string): string {
  return /^(["'])(.*)\1$/.exec(pattern)?.[2] ?? pattern;
}

/** The paths that are there, in the order of their names. */
function matching(path: string): string[] {
  const [, ...parts] = path.split('/');
  return parts.reduce<string[]>(
    (folders, part) => folders.flatMap(folder => entries(folder, part)).slice(0, MOST_MATCHES),
    [''],
  );
}

function entries(folder: string, part: string): string[] {
  if (!/[*?[]/.test(part)) return [`${folder}/${part}`];
  const wanted = patternOf(part);
  if (wanted === undefined) return [];
  // A leading dot is matched by a dot alone (glob(7)).
  const names = namesIn(`${folder}/`).filter(
    name => wanted.test(name) && name.startsWith('.') === part.startsWith('.'),
  );
  return names.sort().map(name => `${folder}/${name}`);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Undefined: a range that ends before it begins matches nothing. */
function patternOf(part: string): RegExp | undefined {
  const source = part.replace(/\[(!?)([^\]]+)\]|\*+|\?|[^*?[]|\[/g, (piece, not, set) => {
    if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
    if (piece.startsWith('*')) return '[^/]*';
    return piece === '?' ? '[^/]' : piece.replace(/[.+^${}()|\\/[\]]/, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return undefined;
  }
}

function readBounded(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(LARGEST_BYTES + 1);
    const bytes = readSync(file, buffer, 0, buffer.length, 0);
    if (bytes > LARGEST_BYTES) throw new RangeError(`${path} is larger than 1 MiB`);
    return buffer.toString('utf8', 0, bytes);
  } finally {
    closeSync(file);
  }
}
