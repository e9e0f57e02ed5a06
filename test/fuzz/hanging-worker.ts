/** A thread whose code under fire does not get past the fourth input of its first batch, for the test of the watch over threads. */

import { parentPort, workerData } from 'node:worker_threads';
import { type Batch, runBatch } from './batch.ts';
import { targetNamed } from './targets.ts';

const STUCK_AT = 3;
const progress = new Int32Array(workerData as SharedArrayBuffer);

parentPort?.on('message', async (batch: Batch) => {
  const result = await runBatch(targetNamed(batch.target), batch, number => {
    Atomics.store(progress, 0, number);
    while (batch.first === 0 && number === STUCK_AT);
  });
  parentPort?.postMessage(result);
});
