/** The thread of load-aside.ts: one task in, its result out. */

import { parentPort, workerData } from 'node:worker_threads';
import { dockerSettings, loadConfig } from './load.ts';
import type { Task } from './load-aside.ts';

const task = workerData as Task;
parentPort?.postMessage(task.kind === 'docker' ? dockerSettings(task.sources) : loadConfig(task.sources));
