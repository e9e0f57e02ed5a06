/** Many inputs on several threads. A thread that is stuck is ended, and the input that it was at is a finding. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Random } from '../sim/random.ts';
import type { Batch, BatchResult, Finding } from './batch.ts';
import { targetNamed } from './targets.ts';

export interface Campaign {
  readonly seed: number;
  readonly inputs: number;
  /** They take turns. */
  readonly targets: readonly string[];
  readonly jobs: number;
  readonly onProgress: (result: BatchResult) => void;
  /** How long one input may take before its thread is ended. */
  readonly hangMs?: number;
  /** The module of the threads; a test has one that hangs. */
  readonly worker?: URL;
}

/** Inputs in a batch, at most. */
const BATCH = 2_000;
const FINDINGS_AT_MOST = 10;
const HANG_MS = 20_000;

/** The findings, in the order of their seeds; an input's seed is the campaign's and its number. */
export async function runCampaign(campaign: Campaign): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  /** So that all targets have a turn, however few inputs there are. */
  const size = Math.min(BATCH, Math.ceil(campaign.inputs / campaign.targets.length));
  let given = 0;
  let turn = 0;
  const nextBatch = (): Batch | undefined => {
    const count = Math.min(size, campaign.inputs - given);
    if (count <= 0 || findings.length >= FINDINGS_AT_MOST) return undefined;
    const target = campaign.targets[turn++ % campaign.targets.length];
    if (target === undefined) return undefined;
    const batch = { target, first: campaign.seed + given, count };
    given += count;
    return batch;
  };
  const take = (result: BatchResult): void => {
    findings.push(...result.findings);
    campaign.onProgress(result);
  };
  await Promise.all(Array.from({ length: campaign.jobs }, () => work(campaign, nextBatch, take)));
  return findings.toSorted((a, b) => a.seed - b.seed);
}

async function work(
  campaign: Campaign,
  nextBatch: () => Batch | undefined,
  take: (result: BatchResult) => void,
): Promise<void> {
  let thread = new Thread(campaign);
  try {
    for (let batch = nextBatch(); batch !== undefined; batch = nextBatch()) {
      const result = await thread.run(batch);
      if (typeof result !== 'number') {
        take(result);
        continue;
      }
      take(hangOf(batch, result));
      await thread.end();
      thread = new Thread(campaign);
    }
  } finally {
    await thread.end();
  }
}

class Thread {
  readonly #worker: Worker;
  readonly #progress = new Int32Array(new SharedArrayBuffer(4));
  readonly #hangMs: number;

  constructor({ worker = new URL('./worker.js', import.meta.url), hangMs = HANG_MS }: Campaign) {
    this.#worker = new Worker(worker, { workerData: this.#progress.buffer });
    this.#hangMs = hangMs;
  }

  /** The result, or the number of the input that it does not get past. Rejects when the thread fails. */
  async run(batch: Batch): Promise<BatchResult | number> {
    this.#worker.postMessage(batch);
    const stuck = new AbortController();
    let at = -1;
    const watch = setInterval(() => {
      const now = Atomics.load(this.#progress, 0);
      if (now === at) stuck.abort();
      at = now;
    }, this.#hangMs);
    try {
      const [result] = (await once(this.#worker, 'message', { signal: stuck.signal })) as [BatchResult];
      return result;
    } catch (thrown) {
      if (!stuck.signal.aborted) throw thrown;
      return at;
    } finally {
      clearInterval(watch);
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The input is made again here, and only shown: judging it would not end here either. */
function hangOf(batch: Batch, number: number): BatchResult {
  const target = targetNamed(batch.target);
  const seed = batch.first + number;
  const input = target.show(target.make(new Random(seed)));
  const finding: Finding = { target: target.name, seed, problem: 'does not end', input };
  return {
    batch: { ...batch, count: number + 1 },
    outcomes: { hung: 1 },
    findings: [finding],
    slowestMs: HANG_MS,
  };
}
