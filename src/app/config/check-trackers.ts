/** Whether what the trackers name is there on this host: programs, files, interfaces. Pure: looking is done elsewhere. */

import { type FileLook, type Finding, findingOnCommand, programsOf } from './check-program.ts';
import type { Config, TrackerConfig } from './config.ts';
import type { HostInterface } from './host.ts';
import type { Problem } from './problems.ts';
import type { Setting } from './settings.ts';

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
      return programsOf(tracker.command);
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

interface SettingFinding extends Finding {
  /** The name of the setting in the tracker. */
  readonly setting: string;
}

function findingOn(tracker: TrackerConfig, { interfaces, files }: TrackerHost): SettingFinding | undefined {
  switch (tracker.type) {
    case 'exec':
      return onSetting('command', findingOnCommand(tracker.command, files));
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

function onSetting(setting: string, finding: Finding | undefined): SettingFinding | undefined {
  return finding && { setting, ...finding };
}

function findingOnCa(path: string, look: FileLook | undefined): SettingFinding | undefined {
  if (look?.kind === 'file' && look.readable) return undefined;
  const what = look?.kind === 'file' ? `${path} cannot be read` : `there is no file ${path}`;
  return { setting: 'tls-ca', severity: 'error', what, fix: 'name a readable PEM file' };
}

/** The file itself may come later: until then it counts as 0. */
function findingOnFolder(folder: string, files: TrackerHost['files']): SettingFinding | undefined {
  if (files.get(folder)?.kind === 'folder') return undefined;
  return {
    setting: 'path',
    severity: 'warning',
    what: `there is no folder ${folder}: the file counts as 0 until there is`,
    fix: "mount the folder into Locum's container, or correct the path",
  };
}
