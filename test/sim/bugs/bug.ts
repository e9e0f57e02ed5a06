/**
 * Bugs that somebody could have written, put between the runner and its core or its edges. The simulator must catch each
 * of them, by a checker that is named with it; otherwise a checker is blind.
 */

import type { Core, RouterRunner, RunnerPorts } from '../../../src/app/router-runner.ts';
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
  readonly ports?: (ports: RunnerPorts) => RunnerPorts;
  readonly runner?: (runner: RouterRunner) => RouterRunner;
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
    receive(packet, expected) {
      const received = core.receive(packet, expected);
      if (received.kind === 'accept' || received.reason !== reason) return received;
      return core.receive(withChecksum(repair(packet.slice(), expected), expected), expected);
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
      receive(packet, expected) {
        const received = core.receive(packet, expected);
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
