/** Whether what the trackers name is there on this host: programs, files, interfaces. Pure: looking is done elsewhere. */

import type { HostInterface } from './check-host.ts';
import type { Config, TrackerConfig } from './config.ts';
import type { Problem } from './problems.ts';
import type { Setting } from './settings.ts';

/** What lies at a path, as far as this process may see. */
export interface FileLook {
  readonly kind: 'file' | 'folder' | 'other' | 'missing';
  /** access(2) of this process. */
  readonly readable: boolean;
  readonly executable: boolean;
  /** Users without any special right may change it. */
  readonly writableByAll: boolean;
}

/** What the checks need to know of the host. */
export interface TrackerHost {
  readonly interfaces: readonly HostInterface[];
  /** By path, for every one of {@link filesOf}. */
  readonly files: ReadonlyMap<string, FileLook>;
}

/** The paths to look at. */
export function filesOf(config: Config): readonly string[] {
  return [...new Set(Object.values(config.track).flatMap(pathsOf))];
}

function pathsOf(tracker: TrackerConfig): readonly string[] {
  switch (tracker.type) {
    case 'exec':
      return tracker.command.slice(0, 1);
    case 'http':
      return tracker.tls.ca === undefined ? [] : [tracker.tls.ca];
    case 'file':
      return [folderOf(tracker.path)];
    default:
      return [];
  }
}

const folderOf = (path: string): string => path.replace(/\/[^/]*$/, '') || '/';

/** Everything that keeps a tracker from working here; `settings` gives the sources. */
export function checkTrackers(config: Config, host: TrackerHost, settings: readonly Setting[]): Problem[] {
  return Object.entries(config.track).flatMap(([name, tracker]) => {
    const found = findingOn(tracker, host);
    if (found === undefined) return [];
    const path = `track.${name}.${found.setting}`;
    const source = settings.find(setting => setting.path === path)?.source ?? 'not set anywhere';
    const { severity, what, fix } = found;
    return [{ severity, path, what, source, fix }];
  });
}

interface Finding extends Pick<Problem, 'severity' | 'what' | 'fix'> {
  /** The name of the setting in the tracker. */
  readonly setting: string;
}

function findingOn(tracker: TrackerConfig, { interfaces, files }: TrackerHost): Finding | undefined {
  switch (tracker.type) {
    case 'exec':
      return findingOnProgram(tracker.command[0] ?? '', files);
    case 'http':
      return tracker.tls.ca === undefined
        ? undefined
        : findingOnCa(tracker.tls.ca, files.get(tracker.tls.ca));
    case 'file':
      return findingOnFolder(folderOf(tracker.path), files);
    case 'interface':
      return interfaces.some(({ name }) => name === tracker.interface)
        ? undefined
        : {
            setting: 'interface',
            severity: 'warning',
            what: `there is no interface ${tracker.interface} now: the tracker will be down`,
            fix: `name one of ${interfaces.map(({ name }) => name).join(', ') || 'those that will be there'}`,
          };
    default:
      return undefined;
  }
}

function findingOnProgram(program: string, files: TrackerHost['files']): Finding | undefined {
  const setting = 'command';
  const look = files.get(program);
  if (look === undefined || look.kind === 'missing')
    return {
      setting,
      severity: 'error',
      what: `there is no file ${program}`,
      fix: "mount the program into Locum's container: it runs there, not beside nginx",
    };
  if (look.kind !== 'file' || !look.executable)
    return { setting, severity: 'error', what: `${program} is not executable`, fix: `chmod +x ${program}` };
  if (!look.writableByAll) return undefined;
  return {
    setting,
    severity: 'warning',
    what: `${program} can be changed by every user, and runs with Locum's capabilities`,
    fix: `chmod o-w ${program}`,
  };
}

function findingOnCa(path: string, look: FileLook | undefined): Finding | undefined {
  if (look?.kind === 'file' && look.readable) return undefined;
  const what = look?.kind === 'file' ? `${path} cannot be read` : `there is no file ${path}`;
  return { setting: 'tls-ca', severity: 'error', what, fix: 'name a readable PEM file' };
}

/** The file itself may come later: until then it counts as 0. */
function findingOnFolder(folder: string, files: TrackerHost['files']): Finding | undefined {
  if (files.get(folder)?.kind === 'folder') return undefined;
  return {
    setting: 'path',
    severity: 'warning',
    what: `there is no folder ${folder}: the file counts as 0 until there is`,
    fix: "mount the folder into Locum's container, or correct the path",
  };
}
