/**
 * The loading of a configuration in a thread of its own (worker_threads), for a daemon that runs: to parse and to check fifty virtual
 * routers takes some 100 ms, in which no advert could be sent.
 */

import { Worker } from 'node:worker_threads';
import type { dockerSettings, Loaded, loadConfig, Sources } from './load.ts';

/** How sources become a configuration. */
export interface Loading {
  readonly docker: (sources: Omit<Sources, 'proxy'>) => Promise<ReturnType<typeof dockerSettings>>;
  readonly whole: (sources: Sources) => Promise<Loaded>;
}

export type Task =
  | { readonly kind: 'docker'; readonly sources: Parameters<typeof dockerSettings>[0] }
  | { readonly kind: 'whole'; readonly sources: Parameters<typeof loadConfig>[0] };

export const LOADING_ASIDE: Loading = {
  docker: sources => aside({ kind: 'docker', sources: portable(sources) }),
  whole: sources => aside({ kind: 'whole', sources: portable(sources) }),
};

/** The process's own environment is no object that could be sent. */
function portable<Some extends Omit<Sources, 'proxy'>>(sources: Some): Some {
  return { ...sources, environment: { ...sources.environment } };
}

/** Rejects with what is thrown there: a programmer error. */
function aside<Result>(task: Task): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./load-worker.js', import.meta.url), { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', code => reject(new Error(`the loading thread ended with ${code}`)));
  });
}
