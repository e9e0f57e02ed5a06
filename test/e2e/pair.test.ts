/** compose/pair.yaml on a real engine, as `docker compose up` gives it: one pair for all scenarios, each beginning with a pair that works. */

import { describe } from 'node:test';
import { withPair } from '../support/docker-scenario.ts';
import { backends } from './pair/backends.ts';
import { changes } from './pair/changes.ts';
import { drain } from './pair/drain.ts';
import { image } from './pair/image.ts';
import { mainJob } from './pair/main-job.ts';
import { pod } from './pair/pod.ts';
import { promotion } from './pair/promotion.ts';

describe('compose/pair.yaml', () => {
  const scenario = withPair();
  image(scenario);
  mainJob(scenario);
  backends(scenario);
  drain(scenario);
  pod(scenario);
  promotion(scenario);
  changes(scenario);
});
