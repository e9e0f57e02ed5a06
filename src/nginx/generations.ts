/**
 * Whether nginx took a new configuration, from its processes alone.
 *
 * On SIGHUP the master reads the configuration; if it is good it starts new workers and tells the old ones to shut down (they say so in
 * their titles), if it is bad it keeps the old ones and writes to its error log. nginx answers nobody: its workers are the answer.
 */

import { isMasterTitle, type ProcessEntry, processKey, splitRoles } from '../lib/process-table.ts';

export type MasterSearch =
  | { readonly kind: 'found'; readonly master: ProcessEntry }
  /** No process that serves: none at all, or only workers whose master is gone. */
  | { readonly kind: 'absent' }
  /** Processes, but no master yet: still reading its configuration (SIGHUP would end it), or without a master for good. */
  | { readonly kind: 'untitled' }
  | { readonly kind: 'several'; readonly pids: readonly number[] };

/** nginx's master among the living processes of its name. It has its title once its signal handlers are in place. */
export function findMaster(entries: readonly ProcessEntry[]): MasterSearch {
  const masters = entries.filter(({ title }) => isMasterTitle(title));
  const [master] = masters;
  if (masters.length > 1) return { kind: 'several', pids: masters.map(({ pid }) => pid) };
  if (master !== undefined) return { kind: 'found', master };
  return splitRoles(entries, new Set()).mains.length > 0 ? { kind: 'untitled' } : { kind: 'absent' };
}

/** The workers of a master that take requests, or did until they were told to shut down. */
export interface Generation {
  readonly master: string;
  /** By key: whether it is shutting down. */
  readonly workers: ReadonlyMap<string, boolean>;
}

export function generationOf(entries: readonly ProcessEntry[], master: ProcessEntry): Generation {
  const workers = entries.filter(({ parent, title }) => parent === master.pid && isWorkerTitle(title));
  return {
    master: processKey(master),
    workers: new Map(workers.map(worker => [processKey(worker), worker.title.includes('shutting down')])),
  };
}

/** nginx's other forks, for its cache, come and go and say nothing about the configuration. */
const WORKER_TITLE = /^[^\s:]+: worker process/;

const isWorkerTitle = (title: string): boolean => WORKER_TITLE.test(title);

/**
 * How a reload stands: `reloaded` once new workers run and every worker from before is gone or shutting down. A worker that crashed
 * and was replaced is not enough: its fellows go on as they were.
 */
export function judgeReload(
  before: Generation,
  now: Generation | undefined,
): 'reloaded' | 'pending' | 'gone' {
  if (now === undefined || now.master !== before.master) return 'gone';
  const fresh = [...now.workers].filter(([key, retiring]) => !before.workers.has(key) && !retiring);
  const kept = [...before.workers.keys()].filter(key => now.workers.get(key) === false);
  return fresh.length > 0 && kept.length === 0 ? 'reloaded' : 'pending';
}
