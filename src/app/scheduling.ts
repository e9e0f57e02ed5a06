/**
 * How the event loop, which sends the adverts, and its helpers are scheduled: as configured, or as they are when the kernel refuses. Being
 * refused is no reason to end: a node that advertises late now and then protects more than one that does not run.
 *
 * A real-time thread that never rests would leave its processor's other work, nginx for one, the twentieth that the kernel holds back
 * (kernel.sched_rt_runtime_us). So a loop that is kept busy, as by a flood of packets, goes on as a normal thread until it is calm
 * again; and one that hangs is ended by the kernel, which is what its lease and its restart policy are for.
 */

import { performance } from 'node:perf_hooks';
import type { SchedulingStatus } from '../control/status.ts';
import { messageOf, OperatingError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import {
  describeScheduling,
  limitRealTime,
  readScheduling,
  type Scheduling,
  setScheduling,
} from '../native/scheduling.ts';

const LOOK_EVERY_MS = 1_000;
/** Shares of the time between two looks in which the loop did not rest. */
const BUSY = 0.9;
const CALM = 0.5;
/** Calm looks in a row before real time is tried again. */
const CALM_LOOKS = 10;
const HANGS_AFTER_MS = 3_000;
const NORMAL: Scheduling = { policy: 'other', nice: 0 };

/** The default asks for nothing: whatever the process was started with, by systemd or chrt(1), stays. */
const asksForNothing = (wish: Scheduling): boolean => wish.policy === 'other' && wish.nice === 0;

export interface EventLoopSchedulingOptions {
  readonly wish: Scheduling;
  readonly log: Logger;
  readonly lookEveryMs?: number;
}

export class EventLoopScheduling {
  readonly #wish: Scheduling;
  readonly #log: Logger;
  readonly #lookEveryMs: number;
  #problem: string | undefined;
  #looking: NodeJS.Timeout | undefined;
  #lastLook = performance.eventLoopUtilization();
  #calmLooks = 0;

  constructor({ wish, log, lookEveryMs = LOOK_EVERY_MS }: EventLoopSchedulingOptions) {
    this.#wish = wish;
    this.#log = log;
    this.#lookEveryMs = lookEveryMs;
  }

  apply(): void {
    if (asksForNothing(this.#wish)) return;
    try {
      if (this.#wish.policy === 'rr') limitRealTime(HANGS_AFTER_MS);
      setScheduling(this.#wish);
      this.#log.info({ ...this.#wish }, `the event loop runs with ${describeScheduling(this.#wish)}`);
      if (this.#wish.policy === 'rr') this.#watch();
    } catch (thrown) {
      this.#refused(thrown);
    }
  }

  close(): void {
    clearInterval(this.#looking);
  }

  /** Null where it cannot be read. */
  status(): SchedulingStatus | null {
    try {
      return { ...readScheduling(), problem: this.#problem ?? null };
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      return null;
    }
  }

  #refused(thrown: unknown): void {
    if (!(thrown instanceof OperatingError)) throw thrown;
    this.#problem = thrown.message;
    this.#log.warn({ code: thrown.code }, `the event loop runs with normal scheduling: ${thrown.message}`);
  }

  #watch(): void {
    this.#lastLook = performance.eventLoopUtilization();
    const look = (): void => {
      try {
        this.#look();
      } catch (thrown) {
        // What was granted at the start may be taken away (a cgroup's real-time time): it stays as it is now.
        this.close();
        this.#refused(thrown);
      }
    };
    this.#looking = setInterval(look, this.#lookEveryMs).unref();
  }

  #look(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#lastLook);
    this.#lastLook = now;
    if (this.#problem === undefined) {
      if (utilization > BUSY) this.#giveWay();
      return;
    }
    this.#calmLooks = utilization < CALM ? this.#calmLooks + 1 : 0;
    if (this.#calmLooks >= CALM_LOOKS) this.#resume();
  }

  #giveWay(): void {
    setScheduling(NORMAL);
    this.#calmLooks = 0;
    this.#problem = `${describeScheduling(this.#wish)} is given up while the event loop is busy`;
    this.#log.warn({}, this.#problem);
  }

  #resume(): void {
    setScheduling(this.#wish);
    this.#problem = undefined;
    this.#log.info({ ...this.#wish }, `the event loop runs with ${describeScheduling(this.#wish)} again`);
  }
}

/** Why the kernel would not schedule this process so; undefined when it would. Tried, as no rule tells for sure, and undone. */
export function tryScheduling(wish: Scheduling): string | undefined {
  // Being nicer is never refused, and could not be undone.
  if (wish.policy === 'other' && wish.nice >= 0) return undefined;
  try {
    const { nice } = readScheduling();
    setScheduling(wish);
    setScheduling({ policy: 'other', nice });
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
