/** The Compose v2 plugin for the tests' docker command: kept in the cache, fetched from Debian when it is not there. */

import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { finish, run } from './docker-command.ts';
import { withLock } from './docker-lock.ts';
import { ROOT } from './paths.ts';

/** What the tests keep from one run to the next: downloads and images. Safe to delete. */
export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'locum');

const CONFIG = join(CACHE, 'docker');
const SCRIPT = join(ROOT, 'test', 'support', 'docker-compose-plugin.sh');

/** A folder for DOCKER_CONFIG with which `docker compose` works; nothing of the user's own configuration applies then. */
export async function composePlugin(): Promise<string> {
  mkdirSync(CONFIG, { recursive: true });
  if (await works()) return CONFIG;
  await withLock(join(CACHE, 'compose.lock'), async () => {
    if (!(await works())) await run(SCRIPT, [CONFIG], { timeoutMs: 120_000 });
  });
  return CONFIG;
}

async function works(): Promise<boolean> {
  const { code } = await finish('docker', ['compose', 'version'], { env: { DOCKER_CONFIG: CONFIG } });
  return code === 0;
}
