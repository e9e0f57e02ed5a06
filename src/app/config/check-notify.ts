/** Whether the programs that hooks run are there on this host. Pure: looking is done elsewhere. */

import { type FileLook, findingOnProgram } from './check-program.ts';
import type { Config } from './config.ts';
import type { Problem } from './problems.ts';
import type { Setting } from './settings.ts';

/** The paths to look at. */
export function programsOf({ notify }: Config): readonly string[] {
  return [...new Set(Object.values(notify).map(({ command }) => command[0] ?? ''))];
}

/** `files` has each of {@link programsOf}; `settings` gives the sources. */
export function checkNotify(
  { notify }: Config,
  files: ReadonlyMap<string, FileLook>,
  settings: readonly Setting[],
): Problem[] {
  return Object.entries(notify).flatMap(([name, { command }]) => {
    const finding = findingOnProgram(command[0] ?? '', files);
    if (finding === undefined) return [];
    const path = `notify.${name}.command`;
    const source = settings.find(setting => setting.path === path)?.source ?? 'not set anywhere';
    return [{ path, source, ...finding }];
  });
}
