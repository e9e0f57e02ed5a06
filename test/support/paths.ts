/** Where things lie: tests run from the build folder, and some look at the sources. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the clone: the nearest folder upwards that holds package.json. */
export const ROOT = nearestPackage(dirname(fileURLToPath(import.meta.url)));

/** The build folder that this file was compiled into: its `src` and `test` mirror the sources. */
export const BUILD = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The program itself, for child processes: `node MAIN run --config …`. */
export const MAIN = join(BUILD, 'src', 'main.js');

/** The options of Node in the program's first line, for starting it as an installed one starts: `node OPTIONS MAIN run …`. */
export function nodeOptions(): string[] {
  const [first = ''] = readFileSync(MAIN, 'utf8').split('\n', 1);
  return first.split(' ').slice(3);
}

function nearestPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : nearestPackage(dirname(folder));
}
