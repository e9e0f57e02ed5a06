/** What is wrong with what an engine tells, or does not, in the form of every other problem of the configuration. */

import type { Problem } from './config/problems.ts';

/** How long the engine may take to tell what is asked before anything runs. */
export const ENGINE_TIMEOUT_MS = 5_000;

/** The engine at that address cannot be asked. */
export function noEngine(host: string, why: string, fix: string): Problem {
  return { severity: 'error', path: 'docker.host', what: why, source: `docker.host ${host}`, fix };
}

/** What it tells is not all that counts. */
export function notFound(host: string, what: string, fix: string): Problem {
  return { severity: 'warning', path: 'docker', what, source: `the containers of ${host}`, fix };
}
