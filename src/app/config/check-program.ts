/** Whether a program or a file that Locum shall use is there on this host, and safe from others. Pure: looking is done elsewhere. */

import type { Problem } from './problems.ts';

/** What lies at a path, as far as this process may see. */
export interface FileLook {
  readonly kind: 'file' | 'folder' | 'other' | 'missing';
  /** access(2) of this process. */
  readonly readable: boolean;
  readonly executable: boolean;
  /** Users without any special right may read it, or change it. */
  readonly readableByAll: boolean;
  readonly writableByAll: boolean;
}

/** What is to be said of a setting. */
export type Finding = Pick<Problem, 'severity' | 'what' | 'fix'>;

/** Undefined when nothing keeps the program from being run. */
export function findingOnProgram(program: string, files: ReadonlyMap<string, FileLook>): Finding | undefined {
  const look = files.get(program);
  if (look === undefined || look.kind === 'missing')
    return {
      severity: 'error',
      what: `there is no file ${program}`,
      fix: "mount the program into Locum's container: it runs there, not beside nginx",
    };
  if (look.kind !== 'file' || !look.executable)
    return { severity: 'error', what: `${program} is not executable`, fix: `chmod +x ${program}` };
  if (!look.writableByAll) return undefined;
  return {
    severity: 'warning',
    what: `${program} can be changed by every user, and runs with Locum's capabilities`,
    fix: `chmod o-w ${program}`,
  };
}

/** Undefined when the file can be read, and by nobody who should not. */
export function findingOnSecret(path: string, files: ReadonlyMap<string, FileLook>): Finding | undefined {
  if (files.get(path)?.readableByAll !== true) return findingOnReadable(path, files);
  return { severity: 'warning', what: `${path} can be read by every user`, fix: `chmod o-r ${path}` };
}

/** Undefined when the file can be read. */
export function findingOnReadable(path: string, files: ReadonlyMap<string, FileLook>): Finding | undefined {
  const look = files.get(path);
  if (look?.kind === 'file' && look.readable) return undefined;
  const what = look?.kind === 'file' ? `${path} cannot be read` : `there is no file ${path}`;
  return {
    severity: 'error',
    what,
    fix: "mount it into Locum's container, readable for the user that Locum runs as",
  };
}
