/**
 * Runs one tracker: its probe on the interval, instant notices in between, rise and fall over the results, news when the health changes.
 *
 * Checks never overlap. One that takes too long is a failure at its timeout, and one that hangs on is a failure again each interval:
 * a stuck probe cannot keep a tracker up. A notice overtakes the check in flight, which may have looked before the event.
 *
 * What comes between the intervals, a notice or the check that it asks for, can begin a run towards a change and end one, but not
 * prolong it: however often something changes, rise and fall take their intervals.
 */

import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import {
  after,
  between,
  type Duration,
  earlier,
  formatDuration,
  type Instant,
  later,
  milliseconds,
} from '../lib/time.ts';
import { failed, type Inconclusive, type Probe } from '../probes/probe.ts';
import { remember, rememberChange } from '../tracking/history.ts';
import { observe, type RiseFallState, undecided, withLimits } from '../tracking/rise-fall.ts';
import type { Health, Outcome } from '../tracking/tracker.ts';
import type { TrackerConfig } from './config/config.ts';

/** An outcome and when it was seen. */
export interface SeenOutcome extends Outcome {
  readonly at: Instant;
  /** It came as a notice, between two checks. */
  readonly notice: boolean;
}

export interface TrackerReport {
  readonly name: string;
  readonly type: TrackerConfig['type'];
  readonly weight: number;
  readonly reverse: boolean;
  readonly health: Health;
  /** The number behind the health, of a tracker that reads one. */
  readonly value: number | undefined;
  readonly since: Instant;
  /** When the health changed lately, the first decision excluded; oldest first, bounded. */
  readonly changes: readonly Instant[];
  /** The last outcome; undefined before the first. */
  readonly last: SeenOutcome | undefined;
  /** Why the checks since then told nothing; undefined when the last one did. */
  readonly inconclusive: string | undefined;
  readonly lastCheckedAt: Instant | undefined;
  /** Oldest first, bounded; successes go before failures do. */
  readonly history: readonly SeenOutcome[];
  readonly counts: TrackerCounts;
}

export interface TrackerCounts {
  readonly checks: number;
  readonly passed: number;
  readonly failed: number;
  /** Checks cut at the timeout; among `failed`. */
  readonly timeouts: number;
  readonly inconclusive: number;
  readonly notices: number;
  /** Checks that came due while the one before still ran within its time, and began when that ended. */
  readonly skipped: number;
}

export interface TrackerRunnerOptions {
  readonly name: string;
  readonly config: TrackerConfig;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when the health changes, or the number behind it, the first decision included, with the outcome that changed it. */
  readonly onHealth: (health: Health, outcome: Outcome) => void;
}

/** Nudged checks begin at least this far apart: a storm of hints costs at most 100 checks a second. */
const SPACING = milliseconds(10);

interface Check {
  /** Asked for between two intervals. */
  readonly extra: boolean;
  readonly abort: AbortController;
  /** False once its result no longer counts: it timed out or a notice overtook it. */
  counts: boolean;
  readonly timedOut: () => boolean;
}

/** How a result came about. */
interface Occasion {
  /** Between two intervals. */
  readonly extra: boolean;
  readonly notice?: boolean;
}

const REGULAR: Occasion = { extra: false };
const NOTICE: Occasion = { extra: true, notice: true };

export class TrackerRunner {
  readonly #options: TrackerRunnerOptions;
  readonly #counts = {
    checks: 0,
    passed: 0,
    failed: 0,
    timeouts: 0,
    inconclusive: 0,
    notices: 0,
    skipped: 0,
  };
  #config: TrackerConfig;
  #state: RiseFallState;
  #value: number | undefined;
  #since: Instant;
  #changes: readonly Instant[] = [];
  #history: readonly SeenOutcome[] = [];
  #last: SeenOutcome | undefined;
  #inconclusive: string | undefined;
  #begunAt: Instant | undefined;
  /** When the next check of the interval is due. */
  #dueAt: Instant;
  #inFlight: Check | undefined;
  #checkAgain = false;
  /** The interval's check came due while another was in flight: it begins when that one ends. */
  #owesCheck = false;
  #stopped = true;
  #cancelTimer: () => void = () => undefined;
  #stopWatch: () => void = () => undefined;

  constructor(options: TrackerRunnerOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#state = undecided(options.config);
    this.#since = options.clock.now();
    this.#dueAt = this.#since;
  }

  /** The first check begins at once. */
  start(): void {
    this.#stopped = false;
    this.#dueAt = this.#options.clock.now();
    this.#stopWatch = this.#options.probe.watch?.(finding => this.#notice(finding)) ?? this.#stopWatch;
    this.#tick();
  }

  /** Goes on with another weight, pace or rise and fall, and keeps what it has seen; what it watches stays. */
  adjust(config: TrackerConfig): void {
    const { rise, fall } = this.#config;
    if (config.rise !== rise || config.fall !== fall) this.#state = withLimits(config, this.#state);
    this.#config = config;
    if (this.#stopped) return;
    this.#dueAt = earlier(this.#dueAt, after(this.#options.clock.now(), config.interval));
    this.#tickAt(this.#dueAt);
  }

  /** Nothing is reported any more; a check in flight is told to end. */
  stop(): void {
    this.#stopped = true;
    this.#stopWatch();
    this.#cancelTimer();
    this.#inFlight?.abort.abort();
  }

  /** Something may have changed: check now, or again right after the check in flight. */
  nudge(): void {
    if (this.#stopped) return;
    if (this.#inFlight !== undefined) {
      this.#checkAgain = true;
      return;
    }
    const now = this.#options.clock.now();
    const soon = this.#begunAt === undefined ? now : later(now, after(this.#begunAt, SPACING));
    this.#tickAt(earlier(soon, this.#dueAt));
  }

  health(): Health {
    return this.#state.health;
  }

  status(): TrackerReport {
    const { name } = this.#options;
    const config = this.#config;
    return {
      name,
      type: config.type,
      weight: config.weight,
      reverse: config.reverse,
      health: this.#state.health,
      value: this.#value,
      since: this.#since,
      changes: this.#changes,
      last: this.#last,
      inconclusive: this.#inconclusive,
      lastCheckedAt: this.#begunAt,
      history: this.#history,
      counts: { ...this.#counts },
    };
  }

  #tickAt(at: Instant): void {
    const { clock } = this.#options;
    this.#cancelTimer();
    const now = clock.now();
    this.#cancelTimer = clock.after(between(now, later(at, now)), () => this.#wake(at));
  }

  /** A timer may come a little early; the check of an interval would then be taken for one between two. */
  #wake(at: Instant): void {
    if (this.#options.clock.now() < at) this.#tickAt(at);
    else this.#tick();
  }

  #tick(): void {
    const { clock } = this.#options;
    const config = this.#config;
    const now = clock.now();
    const due = now >= this.#dueAt;
    if (due) this.#dueAt = after(now, config.interval);
    this.#tickAt(this.#dueAt);
    if (this.#inFlight === undefined) void this.#check(!due);
    else if (this.#inFlight.timedOut()) this.#hangsOn();
    else this.#putOff();
  }

  #hangsOn(): void {
    this.#owesCheck = false;
    this.#conclude(failed('the check before still hangs'), REGULAR);
  }

  /** By default the timeout is as long as the interval: a check that hangs is cut a moment after the next one is due. */
  #putOff(): void {
    this.#counts.skipped++;
    this.#owesCheck = true;
  }

  async #check(extra: boolean): Promise<void> {
    const { clock, probe } = this.#options;
    const config = this.#config;
    let timedOut = false;
    const check: Check = { extra, abort: new AbortController(), counts: true, timedOut: () => timedOut };
    const cancelTimeout = clock.after(config.timeout, () => {
      timedOut = true;
      this.#counts.timeouts++;
      this.#overtake(check);
      this.#conclude(failed(`no answer within ${formatDuration(config.timeout)}`), check);
    });
    this.#inFlight = check;
    this.#begunAt = clock.now();
    this.#counts.checks++;
    const finding = await look(probe, check.abort.signal, config.timeout);
    cancelTimeout();
    this.#inFlight = undefined;
    if (check.counts) this.#conclude(finding, check);
    this.#checkNext();
  }

  /** What came due or was asked for while a check was in flight; one look is enough for both. */
  #checkNext(): void {
    const owed = this.#owesCheck;
    const asked = this.#checkAgain;
    this.#owesCheck = false;
    this.#checkAgain = false;
    if (owed && !this.#stopped) void this.#check(false);
    else if (asked) this.nudge();
  }

  #overtake(check: Check): void {
    check.counts = false;
    check.abort.abort();
  }

  #notice(finding: Outcome | undefined): void {
    if (this.#stopped) return;
    this.#counts.notices++;
    if (finding === undefined) {
      this.nudge();
      return;
    }
    if (this.#inFlight !== undefined) this.#overtake(this.#inFlight);
    this.#conclude(finding, NOTICE);
  }

  #conclude(finding: Outcome | Inconclusive, { extra, notice = false }: Occasion): void {
    if (this.#stopped) return;
    if (finding.ok === undefined) {
      this.#counts.inconclusive++;
      this.#inconclusive = finding.detail;
      return;
    }
    const { clock } = this.#options;
    const config = this.#config;
    this.#counts[finding.ok ? 'passed' : 'failed']++;
    this.#inconclusive = undefined;
    const prolongs = extra && this.#last?.ok === finding.ok;
    this.#last = { at: clock.now(), ok: finding.ok, detail: finding.detail, notice };
    this.#history = remember(this.#history, this.#last);
    const before = this.#state.health;
    const valueBefore = this.#value;
    const agrees = finding.ok === (before === 'up');
    if (agrees || !prolongs) this.#state = observe(config, this.#state, finding.ok);
    // A number counts once the health agrees with it: rise and fall hold for it too.
    if (finding.ok === (this.#state.health === 'up')) this.#value = finding.value;
    if (this.#state.health !== before) this.#changed(before, finding);
    else if (this.#value !== valueBefore) this.#tell('info', 'tracker reads another number', before, finding);
  }

  #changed(before: Health, outcome: Outcome): void {
    const now = this.#options.clock.now();
    this.#since = now;
    if (before !== 'unknown') this.#changes = rememberChange(this.#changes, now);
    this.#tell(this.#state.health === 'up' ? 'info' : 'warn', 'tracker changed', before, outcome);
  }

  #tell(level: 'info' | 'warn', message: string, before: Health, outcome: Outcome): void {
    const { name, log, onHealth } = this.#options;
    const { health } = this.#state;
    log[level]({ tracker: name, before, health, detail: outcome.detail }, message);
    onHealth(health, outcome);
  }
}

/** A probe that throws failed to look: a failed outcome. */
async function look(probe: Probe, signal: AbortSignal, within: Duration): Promise<Outcome | Inconclusive> {
  try {
    return await probe.check(signal, within);
  } catch (thrown) {
    return failed(messageOf(thrown));
  }
}
