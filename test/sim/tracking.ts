/** The trackers of one process: the real runners, each with a virtual probe of a thing of the host. */

import { type TrackerReport, TrackerRunner } from '../../src/app/tracker-runner.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { MakeTracker, Tracker } from './bugs/bug.ts';
import type { EventLoop } from './event-loop.ts';
import type { NodeView } from './trace.ts';
import { VirtualProbe, type Watched } from './watched.ts';
import type { World } from './world.ts';

const ignore = (): void => undefined;
export const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export const makeTracker: MakeTracker = options => new TrackerRunner(options);

export interface TrackingOptions {
  readonly world: World;
  readonly loop: EventLoop;
  readonly clock: Clock;
  readonly view: NodeView;
  readonly things: readonly Watched[];
  readonly make: MakeTracker;
  /** By place in the list: it decided, or read another number. */
  readonly onHealth: (tracker: number, report: TrackerReport) => void;
}

export class Tracking {
  readonly #trackers: readonly Tracker[];

  constructor({ world, loop, clock, view, things, make, onHealth }: TrackingOptions) {
    this.#trackers = things.map((thing, tracker) => {
      const { config } = thing.setup;
      const made: Tracker = make({
        name: `tracker-${tracker}`,
        config,
        probe: new VirtualProbe(thing, { world, loop, view, tracker }),
        clock,
        log: SILENT,
        onHealth: () => world.attempt(() => onHealth(tracker, made.status())),
      });
      return made;
    });
  }

  start(): void {
    for (const tracker of this.#trackers) tracker.start();
  }

  stop(): void {
    for (const tracker of this.#trackers) tracker.stop();
  }

  reports(): readonly TrackerReport[] {
    return this.#trackers.map(tracker => tracker.status());
  }
}
