/** Whether what hooks name is there on this host: programs, secrets, certificates. Pure: looking is done elsewhere. */

import {
  type FileLook,
  type Finding,
  findingOnProgram,
  findingOnReadable,
  findingOnSecret,
} from './check-program.ts';
import type { Config, HookConfig } from './config.ts';
import type { Problem } from './problems.ts';
import type { Setting } from './settings.ts';

/** The paths to look at. */
export function hookFilesOf({ notify }: Config): readonly string[] {
  return [...new Set(Object.values(notify).flatMap(hook => namedBy(hook).map(({ path }) => path)))];
}

/** `files` has each of {@link hookFilesOf}; `settings` gives the sources. */
export function checkNotify(
  { notify }: Config,
  files: ReadonlyMap<string, FileLook>,
  settings: readonly Setting[],
): Problem[] {
  return Object.entries(notify).flatMap(([name, hook]) =>
    namedBy(hook).flatMap(({ setting, path: file, judge }) => {
      const finding = judge(file, files);
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
  readonly path: string;
  readonly judge: (path: string, files: ReadonlyMap<string, FileLook>) => Finding | undefined;
}

function namedBy(hook: HookConfig): readonly Named[] {
  switch (hook.type) {
    case 'exec':
      return [{ setting: 'command', path: hook.command[0] ?? '', judge: findingOnProgram }];
    case 'webhook':
      return [
        { setting: 'secret-file', path: hook.secretFile, judge: findingOnSecret },
        { setting: 'tls-ca', path: hook.tlsCa, judge: findingOnReadable },
      ].flatMap(({ path, ...rest }) => (path === undefined ? [] : [{ path, ...rest }]));
  }
}
