/** Where things lie: tests run from the build folder, and some look at the sources. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the clone: the nearest folder upwards that holds package.json. */
export const ROOT = nearestPackage(dirname(fileURLToPath(import.meta.url)));

/** The build folder that this file was compiled into: its `src` and `test` mirror the sources. */
export const BUILD = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The program itself, for child processes: `node MAIN status …`. */
export const MAIN = join(BUILD, 'src', 'main.js');

/** The program as an installed one starts, by its own first line: `env PROGRAM… run …`. */
export function program(): string[] {
  const [first = ''] = readFileSync(MAIN, 'utf8').split('\n', 1);
  const words = first.split(' ').slice(2);
  return [...words.map(word => (word === 'node' ? process.execPath : word)), MAIN];
}

function nearestPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : nearestPackage(dirname(folder));
}
