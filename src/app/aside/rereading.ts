/**
 * What a daemon that runs needs to read its configuration again, in the process beside: to parse and to check fifty virtual routers takes some
 * 100 ms, in which no advert could be sent, and so does the start of another process.
 */

import type { Sources } from '../config/load.ts';
import type { Loading } from '../config/loading.ts';
import type { AskedEngine, ProxyReading } from '../proxy-reading.ts';
import type { Aside } from './aside.ts';

export interface Rereading {
  readonly loading: Loading;
  readonly readProxy: (docker: AskedEngine) => Promise<ProxyReading>;
}

/** Its parts reject with an OperatingError when the process beside ends. */
export function rereadingAside(aside: Aside): Rereading {
  return {
    loading: {
      docker: sources => aside.call('dockerSettings', portable(sources)),
      whole: sources => aside.call('loadConfig', portable(sources)),
    },
    readProxy: ({ host, labelPrefix }) => aside.call('proxy', { host, labelPrefix }),
  };
}

/** The process's own environment is no object that could be sent. */
function portable<Some extends Omit<Sources, 'proxy'>>(sources: Some): Some {
  return { ...sources, environment: { ...sources.environment } };
}
