/** Whether what hooks name is there on this host: programs, secrets, certificates. Pure: looking is done elsewhere. */

import {
  type FileLook,
  type Finding,
  findingOnCommand,
  findingOnReadable,
  findingOnSecret,
  programsOf,
} from './check-program.ts';
import type { Config, HookConfig } from './config.ts';
import type { Problem } from './problems.ts';
import type { Setting } from './settings.ts';

/** The paths to look at. */
export function hookFilesOf({ notify }: Config): readonly string[] {
  return [...new Set(Object.values(notify).flatMap(hook => namedBy(hook).flatMap(({ paths }) => paths)))];
}

/** `files` has each of {@link hookFilesOf}; `settings` gives the sources. */
export function checkNotify(
  { notify }: Config,
  files: ReadonlyMap<string, FileLook>,
  settings: readonly Setting[],
): Problem[] {
  return Object.entries(notify).flatMap(([name, hook]) =>
    namedBy(hook).flatMap(({ setting, judge }) => {
      const finding = judge(files);
      if (finding === undefined) return [];
      const path = `notify.${name}.${setting}`;
      const source = settings.find(each => each.path === path)?.source ?? 'not set anywhere';
      return [{ path, source, ...finding }];
    }),
  );
}

interface Named {
  /** The name of the setting in the hook. */
  readonly setting: string;
  readonly paths: readonly string[];
  readonly judge: (files: ReadonlyMap<string, FileLook>) => Finding | undefined;
}

function namedBy(hook: HookConfig): readonly Named[] {
  switch (hook.type) {
    case 'exec': {
      const { command } = hook;
      return [
        { setting: 'command', paths: programsOf(command), judge: files => findingOnCommand(command, files) },
      ];
    }
    case 'webhook':
      return [
        ...file('secret-file', hook.secretFile, findingOnSecret),
        ...file('tls-ca', hook.tlsCa, findingOnReadable),
      ];
  }
}

function file(setting: string, path: string | undefined, judge: typeof findingOnReadable): readonly Named[] {
  return path === undefined ? [] : [{ setting, paths: [path], judge: files => judge(path, files) }];
}
