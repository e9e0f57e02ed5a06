/**
 * keepalived as the Debian suites have it, whichever of them this machine runs: its own where that has the version, else the suite's
 * packages, kept in the cache, with their own C library and /etc.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finish, run } from './docker-command.ts';
import { CACHE } from './docker-compose-plugin.ts';
import { withLock } from './docker-lock.ts';
import { ROOT } from './paths.ts';

/** The command with its first arguments; keepalived's own come after. */
export type Program = readonly [command: string, ...args: string[]];

/** Whatever version the machine has. */
export const ON_THE_PATH: Program = ['keepalived'];

/** Version → the Debian suite that has it. */
const SUITES = { '2.2.7': 'bookworm', '2.3.3': 'trixie' } as const;

export type KeepalivedVersion = keyof typeof SUITES;

export const KEEPALIVED_VERSIONS = Object.keys(SUITES) as KeepalivedVersion[];

/** It asks a shell, which its package does not name among what it needs, for the version of `ip`. */
const PACKAGES = ['keepalived', 'dash'];

const FETCH = join(ROOT, 'test', 'support', 'debian-packages.sh');
const FETCH_TIMEOUT_MS = 300_000;

/** keepalived of that version; fetched when neither the machine nor the cache has it. */
export async function keepalivedOf(version: KeepalivedVersion): Promise<Program> {
  if (await is(version, ON_THE_PATH)) return ON_THE_PATH;
  const suite = SUITES[version];
  const folder = join(CACHE, `keepalived-${suite}`);
  const program = withRoot(folder, '/usr/sbin/keepalived');
  if (await is(version, program)) return program;
  await withLock(join(CACHE, `keepalived-${suite}.lock`), async () => {
    if (await is(version, program)) return;
    await rm(folder, { recursive: true, force: true });
    await run(FETCH, [suite, folder, ...PACKAGES], { timeoutMs: FETCH_TIMEOUT_MS });
  });
  if (!(await is(version, program)))
    throw new Error(`${suite} has no keepalived ${version}, or it does not run here`);
  return program;
}

/** A program of those packages, which sees their /usr and /etc, and everything else of the machine: its own mounts end with it. */
function withRoot(folder: string, program: string): Program {
  const script = `mount --bind "$0/etc" /etc; mount --bind "$0/usr" /usr; exec ${program} "$@"`;
  return ['unshare', '--mount', 'sh', '-euc', script, folder];
}

async function is(version: KeepalivedVersion, [command, ...args]: Program): Promise<boolean> {
  const { code, stdout, stderr } = await finish(command, [...args, '--version']);
  return code === 0 && `${stdout}${stderr}`.includes(`Keepalived v${version} `);
}
