/**
 * The trackers as they are configured at the moment. One whose target stays goes on with its history under another weight or pace. One that
 * is new while the daemon runs counts from its first decision on, and until then the one that it replaces: a node that works must not
 * drop to fault, or lose points, because nobody has looked yet.
 */

import { isDeepStrictEqual } from 'node:util';
import type { TrackerCommon, TrackerConfig } from './config/config.ts';
import type { TrackerReport, TrackerRunner } from './tracker-runner.ts';

export interface TrackerSetOptions {
  /** A tracker that has not begun; `onHealth` is called when its health changes, the first decision included. */
  readonly create: (name: string, config: TrackerConfig, onHealth: () => void) => TrackerRunner;
  /** What counts is different now. */
  readonly onChange: () => void;
}

interface Tracked {
  config: TrackerConfig;
  readonly runner: TrackerRunner;
  counts: boolean;
  /** What counts in its place until it does. */
  former: TrackerRunner | undefined;
}

export class TrackerSet {
  readonly #options: TrackerSetOptions;
  #tracked: ReadonlyMap<string, Tracked> = new Map();

  constructor(options: TrackerSetOptions) {
    this.#options = options;
  }

  /** `newcomers`: whether they count before they have decided, for the worse, or not. Does not call back for what it changes itself. */
  reconcile(configs: Readonly<Record<string, TrackerConfig>>, newcomers: 'count' | 'wait'): void {
    const former = this.#tracked;
    const entries = Object.entries(configs).map(
      ([name, config]) => [name, this.#track(name, config, former.get(name), newcomers)] as const,
    );
    this.#tracked = new Map(entries);
    for (const [name, tracked] of former) if (!(name in configs)) stopAll(tracked);
    for (const [name, tracked] of this.#tracked)
      if (tracked.runner !== former.get(name)?.runner) tracked.runner.start();
  }

  #track(
    name: string,
    config: TrackerConfig,
    former: Tracked | undefined,
    newcomers: 'count' | 'wait',
  ): Tracked {
    if (former !== undefined && watchesTheSame(former.config, config)) {
      if (!isDeepStrictEqual(former.config, config)) former.runner.adjust(config);
      former.config = config;
      return former;
    }
    if (former?.counts === false) former.runner.stop();
    const tracked: Tracked = {
      config,
      runner: this.#options.create(name, config, () => this.#decided(tracked)),
      counts: former === undefined && newcomers === 'count',
      former: former?.counts ? former.runner : former?.former,
    };
    return tracked;
  }

  #decided(tracked: Tracked): void {
    tracked.counts = true;
    tracked.former?.stop();
    tracked.former = undefined;
    this.#options.onChange();
  }

  /** Of every tracker, whether it counts yet or not. */
  reports(): readonly TrackerReport[] {
    return [...this.#tracked.values()].map(({ runner }) => runner.status());
  }

  /** What counts for the routers. */
  counting(): readonly TrackerReport[] {
    return [...this.#tracked.values()].flatMap(({ runner, counts, former }) => {
      const counting = counts ? runner : former;
      return counting === undefined ? [] : [counting.status()];
    });
  }

  /** Something may have changed: all look again. */
  nudge(): void {
    for (const { runner } of this.#tracked.values()) runner.nudge();
  }

  stop(): void {
    for (const tracked of this.#tracked.values()) stopAll(tracked);
  }
}

function stopAll({ runner, former }: Tracked): void {
  former?.stop();
  runner.stop();
}

/** What can change under a tracker that goes on. */
const PACE = {
  weight: undefined,
  reverse: undefined,
  interval: undefined,
  timeout: undefined,
  rise: undefined,
  fall: undefined,
} satisfies Record<keyof TrackerCommon, undefined>;

/** Whether two configurations have the same target. */
export function watchesTheSame(one: TrackerConfig, other: TrackerConfig): boolean {
  return isDeepStrictEqual({ ...one, ...PACE }, { ...other, ...PACE });
}
