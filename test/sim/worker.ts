/** A thread that plays scenarios: gets a range of seeds, gives their outcomes. */

import { parentPort } from 'node:worker_threads';
import { type Outcome, runScenario } from './scenario.ts';

/** Seeds from `first` on. */
export interface Batch {
  readonly first: number;
  readonly count: number;
  readonly routers: number | undefined;
}

async function play({ first, count, routers }: Batch): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let seed = first; seed < first + count; seed++) outcomes.push(await runScenario(seed, { routers }));
  return outcomes;
}

parentPort?.on('message', (batch: Batch) => {
  void play(batch).then(outcomes => parentPort?.postMessage(outcomes));
});
