/** A thread that plays scenarios: gets a range of seeds, gives their outcomes. */

import { parentPort } from 'node:worker_threads';
import { runScenario } from './scenario.ts';

/** Seeds from `first` on. */
export interface Batch {
  readonly first: number;
  readonly count: number;
  readonly routers: number | undefined;
}

parentPort?.on('message', ({ first, count, routers }: Batch) => {
  const outcomes = Array.from({ length: count }, (_, i) => runScenario(first + i, { routers }));
  parentPort?.postMessage(outcomes);
});
