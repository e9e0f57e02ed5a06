/** Whether the credentials for engines of other hosts are there, and are nobody else's. Pure: looking is done elsewhere. */

import type { FileLook, Finding } from './check-program.ts';
import type { Config, EngineConfig } from './config.ts';
import type { Problem } from './problems.ts';
import type { Setting } from './settings.ts';

/** A file that an engine's settings name. */
interface Credential {
  /** The name of the setting. */
  readonly setting: string;
  readonly path: string;
  /** Whoever reads it can be Locum to that engine, which is root on its host. */
  readonly secret: boolean;
}

/** The paths to look at. */
export function credentialsOf({ docker }: Config): readonly string[] {
  return [...new Set(docker.engines.flatMap(filesOf).map(({ path }) => path))];
}

function filesOf({ tls, ssh }: EngineConfig): readonly Credential[] {
  const identity = tls?.identity;
  return [
    ...(tls === undefined ? [] : [{ setting: 'tls-ca', path: tls.ca, secret: false }]),
    ...(identity === undefined
      ? []
      : [
          { setting: 'tls-cert', path: identity.cert, secret: false },
          { setting: 'tls-key', path: identity.key, secret: true },
        ]),
    ...(ssh === undefined ? [] : [{ setting: 'ssh-key', path: ssh.key, secret: true }]),
  ];
}

/** `files` has each of {@link credentialsOf}; `settings` gives the sources. */
export function checkEngines(
  { docker }: Config,
  files: ReadonlyMap<string, FileLook>,
  settings: readonly Setting[],
): Problem[] {
  return docker.engines.flatMap(engine =>
    filesOf(engine).flatMap(credential => {
      const finding = findingOn(credential, files.get(credential.path));
      if (finding === undefined) return [];
      const path = `docker.engine.${engine.name}.${credential.setting}`;
      const source = settings.find(setting => setting.path === path)?.source ?? 'not set anywhere';
      return [{ path, source, ...finding }];
    }),
  );
}

function findingOn({ path, secret }: Credential, look: FileLook | undefined): Finding | undefined {
  if (look === undefined || look.kind === 'missing')
    return {
      severity: 'error',
      what: `there is no file ${path}`,
      fix: "mount the file into Locum's container, or correct the path",
    };
  if (look.kind !== 'file')
    return { severity: 'error', what: `${path} is no file`, fix: 'name the file itself' };
  if (!look.readable)
    return {
      severity: 'error',
      what: `${path} cannot be read by this user`,
      fix: 'give it to the user that Locum runs as',
    };
  if (secret && look.readableByAll)
    return {
      severity: 'warning',
      what: `${path} is a key that every user can read, and opens the engine of another host`,
      fix: `chmod o-rw ${path}`,
    };
  if (!look.writableByAll) return undefined;
  return {
    severity: 'warning',
    what: `every user can change ${path}, and so say whom Locum believes`,
    fix: `chmod o-w ${path}`,
  };
}
