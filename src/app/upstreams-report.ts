/** What is told of upstreams at work: the last time of each step, how often it was taken, and how long a promotion took. Pure. */

import type { LogFields } from '../lib/logger.ts';
import { type Duration, type Instant, inMilliseconds, microseconds } from '../lib/time.ts';
import type { ReloadResult } from '../nginx/controller.ts';
import type { Content } from './upstreams-content.ts';

/** One step of the way, the last time it was taken. */
export interface Step {
  readonly at: Instant;
  readonly took: Duration;
  readonly ok: boolean;
  readonly detail: string;
}

export interface UpstreamsReport {
  readonly file: string;
  /** As last rendered. */
  readonly content: Content;
  readonly lastRender: Step | undefined;
  readonly lastReload: Step | undefined;
  /** Whether new workers proved the last reload. */
  readonly lastVerify: Step | undefined;
  readonly counts: UpstreamsCounts;
  /** Why nginx does not serve what the labels ask for; undefined when it does. */
  readonly degraded: string | undefined;
}

export interface UpstreamsCounts {
  readonly renders: number;
  readonly unchanged: number;
  readonly writes: number;
  readonly writeFailures: number;
  readonly reloads: number;
  readonly verified: number;
  readonly rolledBack: number;
}

export const NO_COUNTS: UpstreamsCounts = {
  renders: 0,
  unchanged: 0,
  writes: 0,
  writeFailures: 0,
  reloads: 0,
  verified: 0,
  rolledBack: 0,
};

/** How long each step of a promotion took; undefined: the step did not happen. */
export interface PromotionReport {
  readonly relist: Duration | undefined;
  readonly render: Duration;
  /** Writing the file and telling nginx. */
  readonly reload: Duration;
  /** Until nginx was seen to run new workers, or to keep its old ones. */
  readonly verify: Duration | undefined;
  readonly outcome: Ending;
}

/** How it ended that nginx was to have the upstreams; `failed`: something was thrown on the way, and is told as the degradation. */
export type Ending =
  | ReloadResult['outcome']
  | 'no-snapshot'
  | 'write-failed'
  | 'unchanged'
  | 'stopped'
  | 'failed';

/** Of a promotion that came after the end. */
export const STOPPED: PromotionReport = {
  relist: undefined,
  render: microseconds(0),
  reload: microseconds(0),
  verify: undefined,
  outcome: 'stopped',
};

/** For the log line of a promotion. */
export function promotionFields({ outcome, relist, render, reload, verify }: PromotionReport): LogFields {
  return {
    outcome,
    relistMs: relist === undefined ? 'no answer' : inMilliseconds(relist),
    renderMs: inMilliseconds(render),
    reloadMs: inMilliseconds(reload),
    verifyMs: verify === undefined ? 'not told' : inMilliseconds(verify),
  };
}
