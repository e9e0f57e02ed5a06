/**
 * Reloads, one at a time: reads the configuration again and has it applied, or says everything that is wrong with it. Who asks while one is
 * under way gets the next, together with all who ask meanwhile: its reading begins after the question.
 */

import type { News } from '../control/event.ts';
import type { ReloadOutcome } from '../control/reload.ts';
import type { ReloadStatus } from '../control/status.ts';
import type { Clock } from '../lib/clock.ts';
import { OperatingError } from '../lib/errors.ts';
import type { LogFields, Logger } from '../lib/logger.ts';
import { between, inMilliseconds } from '../lib/time.ts';
import type { Config } from './config/config.ts';
import { formatProblems, type Problem } from './config/problems.ts';
import { describePlan, isIdle, type ReloadPlan } from './reload-plan.ts';

/** What the sources say now. */
export interface Reading {
  /** Undefined when there is an error among the problems. */
  readonly config: Config | undefined;
  readonly problems: readonly Problem[];
}

export interface ReloaderOptions {
  readonly reread: () => Promise<Reading>;
  /** Applies it as a whole, or says why not; rejects with an OperatingError where it changed nothing. */
  readonly apply: (config: Config) => Promise<ReloadOutcome>;
  readonly clock: Pick<Clock, 'now'>;
  /** ISO 8601, UTC; for people. */
  readonly wallTime: () => string;
  readonly tell: (news: News) => void;
  readonly log: Logger;
}

export class Reloader {
  readonly #options: ReloaderOptions;
  #running: Promise<ReloadOutcome> | undefined;
  #next: Promise<ReloadOutcome> | undefined;
  /** From when on what is read is carried out. */
  #applying: Promise<ReloadOutcome> | undefined;
  #closed = false;
  #status: ReloadStatus | null = null;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** `by`: who asks, for the log. Rejects with a programmer error alone. */
  reload(by: string): Promise<ReloadOutcome> {
    this.#options.log.info({ by }, 'a reload is asked for');
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  /** Resolves when none is under way; at once when there is none. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Nothing is applied any more; resolves when what is being applied is. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#applying;
  }

  status(): ReloadStatus | null {
    return this.#status;
  }

  #begin(): Promise<ReloadOutcome> {
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<ReloadOutcome> {
    const { clock } = this.#options;
    const begun = clock.now();
    const reading = await attempt(this.#options.reread);
    const read = clock.now();
    const answer = reading instanceof OperatingError ? reading : await attempt(() => this.#answer(reading));
    const outcome = answer instanceof OperatingError ? refusal(answer.message) : answer;
    this.#conclude(outcome, {
      readingMs: inMilliseconds(between(begun, read)),
      tookMs: inMilliseconds(between(read, clock.now())),
    });
    return outcome;
  }

  async #answer({ config, problems }: Reading): Promise<ReloadOutcome> {
    return config === undefined ? refusalFor(problems) : withWarnings(await this.#apply(config), problems);
  }

  async #apply(config: Config): Promise<ReloadOutcome> {
    if (this.#closed) return refusal('the daemon ends');
    this.#applying = this.#options.apply(config);
    return this.#applying;
  }

  #conclude({ outcome, ok, text, warnings }: ReloadOutcome, took: LogFields): void {
    const { wallTime, tell, log } = this.#options;
    const count = (this.#status?.count ?? 0) + 1;
    this.#status = { at: wallTime(), ok, detail: `${outcome}: ${text}`, count };
    for (const warning of warnings) log[ok ? 'warn' : 'error']({ reload: count }, warning);
    log[ok ? 'info' : 'error']({ reload: count, outcome, ...took }, `reload: ${text}`);
    tell({ kind: 'reload', subject: 'configuration', text: `${outcome}: ${text}`, to: outcome });
  }
}

async function attempt<Some>(work: () => Promise<Some>): Promise<Some | OperatingError> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof OperatingError) return thrown;
    throw thrown;
  }
}

/** Nothing was changed. */
export function refusal(why: string, warnings: readonly string[] = []): ReloadOutcome {
  return { outcome: 'refused', ok: false, text: `${why}; what ran before goes on as it was`, warnings };
}

function refusalFor(problems: readonly Problem[]): ReloadOutcome {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const why = `the configuration has ${errors} ${errors === 1 ? 'error' : 'errors'}`;
  return refusal(why, described(problems));
}

/** Of a plan that was carried out. `trouble`: an interface that could not be opened; it is tried again when it changes. */
export function outcomeOf(plan: ReloadPlan, trouble: OperatingError | undefined): ReloadOutcome {
  const { nextStart } = plan;
  const warnings = nextStart.map(setting => `${setting}: the change counts from the next start on`);
  if (trouble !== undefined) warnings.push(trouble.message);
  const outcome = isIdle(plan) ? 'unchanged' : 'reloaded';
  return { outcome, ok: true, text: describePlan(plan), warnings };
}

function withWarnings(outcome: ReloadOutcome, problems: readonly Problem[]): ReloadOutcome {
  return { ...outcome, warnings: [...described(problems), ...outcome.warnings] };
}

const described = (problems: readonly Problem[]): string[] =>
  problems.map(problem => formatProblems([problem]));
