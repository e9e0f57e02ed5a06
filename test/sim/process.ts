/** One process on a host: the real router, the real trackers and the real drain on virtual edges, joined as the daemon joins them. */

import { Drain } from '../../src/app/drain.ts';
import { WorkingRouter } from '../../src/app/router.ts';
import type { Core } from '../../src/app/router-runner.ts';
import type { TrackerReport } from '../../src/app/tracker-runner.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import type { Bug, NodeRouter } from './bugs/bug.ts';
import { downUs } from './checkers/checker.ts';
import { type NodeConfig, routerConfig } from './config.ts';
import { Edges, type Host } from './edges.ts';
import type { EventLoop } from './event-loop.ts';
import { makeTracker, SILENT, Tracking } from './tracking.ts';
import { type Remains, virtualDrainPorts } from './virtual-drain.ts';
import type { Watched } from './watched.ts';

export interface ProcessOptions {
  readonly host: Host;
  readonly loop: EventLoop;
  readonly core: Core;
  readonly things: readonly Watched[];
  readonly remains: Remains;
  readonly bug: Bug | undefined;
  /** A tracker decided, by its place in the list; before the router is told. */
  readonly onHealth: (tracker: number, report: TrackerReport) => void;
}

export class Process {
  readonly loop: EventLoop;
  readonly router: NodeRouter;
  readonly tracking: Tracking;
  readonly drain: Drain;
  hasStarted = false;
  isStopping = false;
  /** Somebody asked for a start while it was stopping. */
  startsAgain = false;

  constructor({ host, loop, core, things, remains, bug, onHealth }: ProcessOptions) {
    const { ports } = new Edges(host, loop);
    const { clock } = ports;
    this.loop = loop;
    const real = new WorkingRouter({
      name: host.config.name,
      config: routerConfig(host.config),
      ports: bug?.ports?.(ports) ?? ports,
      log: SILENT,
      onStateChange: ({ from }) => {
        if (from === 'master') this.drain.routerLeft(host.config.name);
      },
      core,
    });
    this.router = bug?.router?.(real) ?? real;
    this.tracking = new Tracking({
      world: host.world,
      loop,
      clock,
      view: host.view,
      things,
      make: bug?.tracker?.(makeTracker) ?? makeTracker,
      onHealth: (tracker, report) => {
        onHealth(tracker, report);
        this.router.trackersChanged(this.tracking.reports());
      },
    });
    this.drain = this.#createDrain(host, clock, remains, bug);
  }

  #createDrain(host: Host, clock: Clock, remains: Remains, bug: Bug | undefined): Drain {
    const { world, config } = host;
    const ports = virtualDrainPorts(world, this.loop, remains);
    return new Drain({
      ...(bug?.drain?.(ports) ?? ports),
      limits: { empty: milliseconds(config.emptyMs), takeOver: milliseconds(takeOverMs(config)) },
      tenants: () => [this.router],
      clock,
      log: SILENT,
    });
  }

  /** The order of the daemon: what a former run left behind, then the trackers, then the router. */
  async start(): Promise<void> {
    await this.drain.recall();
    this.tracking.start();
    this.router.trackersChanged(this.tracking.reports());
    this.router.start();
    this.hasStarted = true;
  }

  stop(done: () => void): void {
    this.drain.stop();
    this.router.stop(done);
  }

  /** Nothing of it acts any more. */
  end(): void {
    this.router.runner.close();
    this.tracking.stop();
    this.loop.kill();
  }
}

/** What another node with the same interval may need, and a second. */
export function takeOverMs({ parameters }: NodeConfig): number {
  return Math.ceil((downUs(parameters.version, 1, parameters.advertisementInterval) + seconds(1)) / 1_000);
}
