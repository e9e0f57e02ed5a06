/** A thread that runs batches. What it is at stands in shared memory, so that an input that never ends has a number. */

import { parentPort, workerData } from 'node:worker_threads';
import { type Batch, runBatch } from './batch.ts';
import { targetNamed } from './targets.ts';

const progress = new Int32Array(workerData as SharedArrayBuffer);

parentPort?.on('message', async (batch: Batch) => {
  const result = await runBatch(targetNamed(batch.target), batch, number =>
    Atomics.store(progress, 0, number),
  );
  parentPort?.postMessage(result);
});
