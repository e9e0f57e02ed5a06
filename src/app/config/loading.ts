/** How sources become a configuration: here, or in the process beside (app/aside/rereading.ts), for a daemon that runs. */

import { dockerSettings, type Loaded, loadConfig, type Sources } from './load.ts';

export interface Loading {
  readonly docker: (sources: Omit<Sources, 'proxy'>) => Promise<ReturnType<typeof dockerSettings>>;
  readonly whole: (sources: Sources) => Promise<Loaded>;
}

export const LOADING_HERE: Loading = {
  docker: async sources => dockerSettings(sources),
  whole: async sources => loadConfig(sources),
};
