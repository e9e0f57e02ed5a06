/**
 * What a drain touches on one host: the packet filter's hold, nginx and its connections, the file that remembers. Hold and file outlive
 * the process. Each answer takes its time; the packet filter and nginx may refuse.
 */

import type { Census } from '../../src/drain/connections.ts';
import { ok, type Result } from '../../src/lib/result.ts';
import type { Duration } from '../../src/lib/time.ts';
import type { DrainPorts } from './bugs/bug.ts';
import type { EventLoop } from './event-loop.ts';
import type { World } from './world.ts';

const SLOWEST_ANSWER_US = 20_000;
const SLOWEST_RELOAD_US = 300_000;
const REFUSALS = 0.1;

/** What a drain has left on a host. */
export interface Remains {
  /** Since when the node is drained, as the file says. */
  drainedSince: string | undefined;
  /** Until when the packet filter holds new connections off. */
  heldUntil: number;
}

export function virtualDrainPorts(world: World, loop: EventLoop, remains: Remains): DrainPorts {
  const { random } = world;
  /** The deed is done in the kernel on its own; a process that has ended gets no answer. */
  const answer = <T>(longestUs: number, perform: () => T): Promise<T> =>
    new Promise(resolve => {
      const spanUs = random.between(100, longestUs);
      world.after(spanUs / 2, () => {
        if (loop.isDead) return;
        const result = perform();
        loop.replyAfter(spanUs / 2, () => {
          world.promised();
          resolve(result);
        });
      });
    });
  const hold = (until: number): string | undefined => {
    if (random.chance(REFUSALS)) return 'nft: not permitted';
    remains.heldUntil = until;
    return undefined;
  };
  return {
    filter: {
      holdOff: (_addresses, lease: Duration) => answer(SLOWEST_ANSWER_US, () => hold(world.now + lease)),
      letIn: () => answer(SLOWEST_ANSWER_US, () => hold(world.now)),
    },
    nginx: {
      reload: () =>
        answer(SLOWEST_RELOAD_US, () =>
          random.chance(REFUSALS)
            ? { outcome: 'unreachable', detail: 'no nginx' }
            : { outcome: 'reloaded', detail: '', took: 0 as Duration },
        ),
    },
    countConnections: () => answer<Result<Census, string>>(SLOWEST_ANSWER_US, () => ok(drawCensus(world))),
    file: {
      read: () =>
        answer(SLOWEST_ANSWER_US, () =>
          ok(remains.drainedSince === undefined ? undefined : { since: remains.drainedSince }),
        ),
      write: since =>
        answer(SLOWEST_ANSWER_US, () => {
          remains.drainedSince = since;
          return ok(undefined);
        }),
      remove: () =>
        answer(SLOWEST_ANSWER_US, () => {
          remains.drainedSince = undefined;
          return ok(undefined);
        }),
    },
    wallTime: () => new Date(world.now / 1_000).toISOString(),
  };
}

function drawCensus({ random }: World): Census {
  return {
    handshakes: random.chance(0.7) ? 0 : random.between(1, 5),
    queued: random.chance(0.9) ? 0 : random.between(1, 5),
    connections: random.chance(0.3) ? 0 : random.between(1, 500),
  };
}
