/** Whether a program or a file that Locum shall use is there on this host, and safe from others. Pure: looking is done elsewhere. */

import { PROGRAM_FOLDERS } from '../../lib/program-folders.ts';
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

/** env(1), by which a program without a path is run, such as a script of keepalived.conf. */
const ENV = '/usr/bin/env';

/** The paths to look at before a command is run. */
export function programsOf(command: readonly string[]): readonly string[] {
  return [...command.slice(0, 1), ...lookedUp(command)];
}

/** Where the program of `/usr/bin/env PROGRAM …` may lie; none where env is given options or variables, which is the author's affair. */
function lookedUp([first, program = '']: readonly string[]): readonly string[] {
  if (first !== ENV || !/^[^-=][^=]*$/.test(program)) return [];
  if (program.includes('/')) return [program.replace(/^\/?/, '/')];
  return PROGRAM_FOLDERS.map(folder => `${folder}/${program}`);
}

/** Undefined when nothing keeps the command from being run. `files` has each of {@link programsOf}. */
export function findingOnCommand(
  command: readonly string[],
  files: ReadonlyMap<string, FileLook>,
): Finding | undefined {
  const [first = '', program] = command;
  const places = lookedUp(command);
  const runs = (path: string): boolean => {
    const look = files.get(path);
    return look?.kind === 'file' && look.executable;
  };
  const found = places.find(runs) ?? (places.length === 1 ? places[0] : undefined);
  if (found !== undefined) return findingOnProgram(first, files) ?? findingOnProgram(found, files);
  if (places.length === 0) return findingOnProgram(first, files);
  return {
    severity: 'error',
    what: `there is no program ${program} in ${PROGRAM_FOLDERS.join(', ')}`,
    fix: "mount the program into Locum's container, where it runs, and name its whole path",
  };
}

/** Undefined when nothing keeps the program from being run. */
function findingOnProgram(program: string, files: ReadonlyMap<string, FileLook>): Finding | undefined {
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
