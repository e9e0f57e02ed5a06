/** Many scenarios on several threads, one seed after the other, until enough virtual hours have passed or bugs were found. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Outcome } from './scenario.ts';
import { Summary } from './summary.ts';
import type { Batch } from './worker.ts';

export interface Campaign {
  /** The first; every scenario has the next one. */
  readonly seed: number;
  readonly routers: number | undefined;
  readonly jobs: number;
  /** Enough when one of them is reached. */
  readonly hours: number;
  readonly scenarios: number;
  readonly onProgress: (hours: number) => void;
}

export interface CampaignResult {
  readonly summary: Summary;
  /** In the order of their seeds. */
  readonly findings: readonly Outcome[];
}

const BATCH = 25;
/** More of them would say the same. */
const FINDINGS_AT_MOST = 5;

export async function runCampaign(campaign: Campaign): Promise<CampaignResult> {
  const summary = new Summary();
  const findings: Outcome[] = [];
  let given = 0;
  const nextBatch = (): Batch | undefined => {
    const isEnough = summary.hours >= campaign.hours || findings.length >= FINDINGS_AT_MOST;
    const count = isEnough ? 0 : Math.min(BATCH, campaign.scenarios - given);
    if (count === 0) return undefined;
    const batch = { first: campaign.seed + given, count, routers: campaign.routers };
    given += count;
    return batch;
  };
  const take = (outcomes: readonly Outcome[]): void => {
    for (const outcome of outcomes) summary.add(outcome);
    findings.push(...outcomes.filter(({ violation }) => violation !== undefined));
    campaign.onProgress(summary.hours);
  };
  await Promise.all(Array.from({ length: campaign.jobs }, () => work(nextBatch, take)));
  return { summary, findings: findings.toSorted((a, b) => a.seed - b.seed) };
}

async function work(
  nextBatch: () => Batch | undefined,
  take: (outcomes: readonly Outcome[]) => void,
): Promise<void> {
  const worker = new Worker(new URL('./worker.js', import.meta.url));
  try {
    for (let batch = nextBatch(); batch !== undefined; batch = nextBatch()) {
      worker.postMessage(batch);
      const [outcomes] = (await once(worker, 'message')) as [readonly Outcome[]];
      take(outcomes);
    }
  } finally {
    await worker.terminate();
  }
}
