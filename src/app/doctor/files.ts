/** Whether a file can be replaced by renaming, from access(2) and the mounts; nothing is written. */

import { access, constants, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Replaceable } from '../../doctor/upstreams.ts';

/** `makesFolders`: its writer makes missing folders, so the nearest that exists decides. */
export async function lookAtReplaceable(path: string, makesFolders: boolean): Promise<Replaceable> {
  return {
    path,
    folderError: await folderError(dirname(path), makesFolders),
    mounted: await isMountPoint(path),
  };
}

/** The system error's code; undefined when files can be made there. */
export async function folderError(folder: string, makesFolders: boolean): Promise<string | undefined> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unknown';
    return code === 'ENOENT' && makesFolders && folder !== '/' ? folderError(dirname(folder), true) : code;
  }
}

/** proc_pid_mountinfo(5): the fifth field, in which a space is `\040`. */
async function isMountPoint(path: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const escaped = path.replaceAll(' ', '\\040');
  return mounts.split('\n').some(line => line.split(' ')[4] === escaped);
}
