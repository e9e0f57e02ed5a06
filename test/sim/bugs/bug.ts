/**
 * Bugs that somebody could have written, put between the parts of a node: core, runner, edges, trackers, router. The simulator must
 * catch each of them, by a checker that is named with it; otherwise a checker is blind.
 */

import type { DrainOptions } from '../../../src/app/drain.ts';
import type { WorkingRouter } from '../../../src/app/router.ts';
import type { Core, RunnerPorts } from '../../../src/app/router-runner.ts';
import type { joinSyncGroup } from '../../../src/app/sync-groups.ts';
import type { TrackerRunner, TrackerRunnerOptions } from '../../../src/app/tracker-runner.ts';
import type { Instant } from '../../../src/lib/time.ts';
import { messageChecksum } from '../../../src/vrrp/checksum.ts';
import type { Parameters } from '../../../src/vrrp/parameters.ts';
import type { Effect, Input, Router, Step } from '../../../src/vrrp/state.ts';

export interface Bug {
  readonly name: string;
  /** The checkers that may find it first. */
  readonly caughtBy: readonly string[];
  /** Made anew for every process. */
  readonly core?: (core: Core, now: () => number) => Core;
  readonly ports?: (ports: Ports) => Ports;
  readonly tracker?: (make: MakeTracker) => MakeTracker;
  /** Around the router as trackers, link and operator see it. */
  readonly router?: (router: NodeRouter) => NodeRouter;
  readonly drain?: (ports: DrainPorts) => DrainPorts;
  /** How the members of a host are joined; such a bug is looked for in sync groups only. */
  readonly join?: (join: typeof joinSyncGroup) => typeof joinSyncGroup;
  /** A bug of the core that only members of sync groups show. */
  readonly inGroups?: true;
}

/** What a drain touches. */
export type DrainPorts = Pick<DrainOptions, 'filter' | 'nginx' | 'countConnections' | 'file' | 'wallTime'>;
export type Ports = Omit<RunnerPorts, 'events'>;
export type Tracker = Pick<TrackerRunner, 'start' | 'stop' | 'status'>;
export type MakeTracker = (options: TrackerRunnerOptions) => Tracker;
export type NodeRouter = Pick<
  WorkingRouter,
  | 'name'
  | 'runner'
  | 'isMaster'
  | 'addresses'
  | 'receive'
  | 'start'
  | 'stop'
  | 'stand'
  | 'footingChanged'
  | 'trackersChanged'
  | 'addressRemoved'
  | 'ownFault'
  | 'accompany'
  | 'companyFault'
>;

/** Hands everything on to the router but what is replaced. */
export function around(router: NodeRouter, changes: Partial<NodeRouter>): NodeRouter {
  return {
    name: router.name,
    runner: router.runner,
    get isMaster() {
      return router.isMaster;
    },
    addresses: router.addresses,
    receive: packet => router.receive(packet),
    start: () => router.start(),
    stop: done => router.stop(done),
    stand: standing => router.stand(standing),
    footingChanged: footing => router.footingChanged(footing),
    trackersChanged: trackers => router.trackersChanged(trackers),
    addressRemoved: address => router.addressRemoved(address),
    get ownFault() {
      return router.ownFault;
    },
    accompany: company => router.accompany(company),
    companyFault: cause => router.companyFault(cause),
    ...changes,
  };
}

export type StepFunction = Core['step'];

/** Another step in place of the core's. */
export function stepping(change: (step: StepFunction) => StepFunction): NonNullable<Bug['core']> {
  return core => ({ ...core, step: change(core.step) });
}

/** Another outcome of a step. */
export function outcome(
  change: (result: Step, input: Input, before: Router, now: Instant) => Step,
): NonNullable<Bug['core']> {
  return stepping(step => (router, input, now) => change(step(router, input, now), input, router, now));
}

export function withState(router: Router, changes: object): Router {
  return { ...router, state: { ...router.state, ...changes } as Router['state'] };
}

export function withoutEffects({ router, effects }: Step, unwanted: (effect: Effect) => boolean): Step {
  return { router, effects: effects.filter(effect => !unwanted(effect)) };
}

/** Takes a packet for what it would be with some octets changed. */
export function believing(
  reason: string,
  repair: (packet: Uint8Array, expected: Parameters) => Uint8Array,
): NonNullable<Bug['core']> {
  return core => ({
    ...core,
    receive(packet, expected, ...more) {
      const received = core.receive(packet, expected, ...more);
      if (received.kind === 'accept' || received.reason !== reason) return received;
      return core.receive(withChecksum(repair(packet.slice(), expected), expected), expected, ...more);
    },
  });
}

export function withChecksum(packet: Uint8Array, { primaryAddress }: Parameters): Uint8Array {
  const message = packet.subarray(20);
  message[6] = 0;
  message[7] = 0;
  const sum = messageChecksum(message, 'message-only', primaryAddress, primaryAddress);
  message[6] = sum >>> 8;
  message[7] = sum & 0xff;
  return packet;
}

/** A core that is told of every packet, good or bad, before it steps. */
export function hearingAll(
  onlyRejected: boolean,
  change: (router: Router, heardAt: number) => Router,
): NonNullable<Bug['core']> {
  return (core, now) => {
    let heardAt: number | undefined;
    return {
      ...core,
      receive(...heard) {
        const received = core.receive(...heard);
        if (!onlyRejected || received.kind === 'discard') heardAt = now();
        return received;
      },
      step(router, input, at) {
        const changed = heardAt === undefined ? router : change(router, heardAt);
        heardAt = undefined;
        return core.step(changed, input, at);
      },
    };
  };
}
