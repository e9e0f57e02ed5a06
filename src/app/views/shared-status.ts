/**
 * The status that all askers share: gathered at most once per SPACING, however many ask, and never older than the question it answers. Whoever
 * follows is given a new one soon after each change, and at least once a second. It reads; a change only sets a timer, in no time.
 */

import type { Metrics, Snapshot } from '../../control/answers.ts';
import type { Status } from '../../control/status.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { Shared } from '../../lib/shared.ts';
import { after, between, type Duration, earlier, type Instant, later, milliseconds } from '../../lib/time.ts';

const SPACING = milliseconds(100);
/** A change seldom comes alone: a new master has its addresses a moment later. Short enough for the page to show it within 50 ms. */
const SETTLING = milliseconds(20);
/** Of followers, while nothing changes. */
const PULSE = milliseconds(1_000);

export interface SharedStatusOptions {
  readonly gather: () => Promise<Status>;
  readonly renderMetrics: (status: Status) => Promise<Metrics>;
  readonly clock: Clock;
  readonly log: Logger;
}

type Listener = (snapshot: Snapshot) => void;

export class SharedStatus {
  readonly #options: SharedStatusOptions;
  readonly #listeners = new Set<Listener>();
  readonly #gathered: Shared<Snapshot>;
  /** Whether something has changed since the last gathering began. */
  #isOutdated = false;
  /** When followers are given the next one. */
  #dueAt: Instant | undefined;
  #cancelTimer: () => void = () => undefined;
  #isPublishing = false;

  constructor(options: SharedStatusOptions) {
    const { gather, renderMetrics, clock } = options;
    this.#options = options;
    const make = async () => {
      this.#isOutdated = false;
      return snapshotOf(await gather(), renderMetrics);
    };
    this.#gathered = new Shared({ make, spacing: SPACING, clock });
  }

  /** Gathered after this call. */
  snapshot(): Promise<Snapshot> {
    return this.#gathered.ask();
  }

  /** Something that followers want to see at once. */
  changed(): void {
    this.#isOutdated = true;
    if (this.#listeners.size > 0) this.#publishIn(SETTLING);
  }

  /** Calls back with what {@link changed} and time bring, beginning with what has changed since the last snapshot; the result ends it. */
  follow(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#publishIn(this.#isOutdated ? SETTLING : PULSE);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  /** Nobody is given anything any more. */
  stop(): void {
    this.#listeners.clear();
    this.#cancelTimer();
    this.#dueAt = undefined;
  }

  #publishIn(span: Duration): void {
    const { clock } = this.#options;
    const now = clock.now();
    const at = after(now, span);
    this.#dueAt = this.#dueAt === undefined ? at : earlier(at, this.#dueAt);
    if (this.#isPublishing) return;
    this.#cancelTimer();
    const left = between(now, later(now, this.#dueAt));
    this.#cancelTimer = clock.after(left, () => void this.#publish());
  }

  async #publish(): Promise<void> {
    this.#dueAt = undefined;
    this.#isPublishing = true;
    try {
      const snapshot = await this.snapshot();
      for (const listener of this.#listeners) listener(snapshot);
    } catch (thrown) {
      this.#options.log.error({ error: messageOf(thrown) }, 'the status cannot be gathered');
    } finally {
      this.#isPublishing = false;
      if (this.#listeners.size > 0) this.#publishIn(PULSE);
    }
  }
}

function snapshotOf(status: Status, renderMetrics: SharedStatusOptions['renderMetrics']): Snapshot {
  let json: string | undefined;
  let metrics: Promise<Metrics> | undefined;
  return {
    status,
    json() {
      json ??= JSON.stringify(status);
      return json;
    },
    metrics() {
      metrics ??= renderMetrics(status);
      return metrics;
    },
  };
}
