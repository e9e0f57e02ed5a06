/** Whether a program that Locum shall run is there on this host, and safe from others. Pure: looking is done elsewhere. */

import type { Problem } from './problems.ts';

/** What lies at a path, as far as this process may see. */
export interface FileLook {
  readonly kind: 'file' | 'folder' | 'other' | 'missing';
  /** access(2) of this process. */
  readonly readable: boolean;
  readonly executable: boolean;
  /** Users without any special right may change it. */
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
