/** The main job: whatever is done to nginx or to a sidecar, in any order, the address is on exactly one node that serves, and all is well in the end. */

import assert from 'node:assert/strict';
import { holdersOf } from '../../support/docker-nodes.ts';
import { VIP } from '../../support/docker-pair.ts';
import type { Scenario } from '../../support/docker-scenario.ts';
import { monotonicUs } from '../../support/observer.ts';
import { waitFor } from '../../support/wait.ts';

/** Beyond the lease: what the kernel and looking at it take. */
const LEASE_SLACK_MS = 500;

/** Ways to end a container's service, and the way back from each. */
const WAYS = [
  { down: 'kill', up: 'start' },
  { down: 'stop', up: 'start' },
  { down: 'pause', up: 'unpause' },
];

export function mainJob(scenario: Scenario): void {
  scenario('one master, the node of the higher priority; Docker calls both sidecars healthy', async pair => {
    await pair.settled('node-a');
    await waitFor(
      async () => {
        const states = await Promise.all(['locum-a', 'locum-b'].map(service => pair.project.state(service)));
        return states.every(state => state.health === 'healthy');
      },
      { what: 'both sidecars are healthy', deadlineMs: 20_000, everyMs: 200 },
    );
  });

  scenario(
    "SIGKILL to the master's nginx: the other node answers, then Docker's restart brings it back",
    async pair => {
      const observer = await pair.observe();
      try {
        await observer.answerOf('node-a', 0, 5_000);
        const { pid } = await pair.project.state('nginx-a');
        const killedUs = monotonicUs();
        await pair.project.signal(pid, 'KILL');
        const moved = await observer.answerOf('node-b', killedUs, 5_000);
        await observer.answerOf('node-a', moved.atUs, 15_000);
      } finally {
        await observer.stop();
      }
      await pair.settled('node-a');
    },
  );

  for (const { down, up } of WAYS)
    for (const [member, service] of [
      ['nginx', 'nginx-a'],
      ['sidecar', 'locum-a'],
    ] as const)
      scenario(
        `docker ${down} and ${up} of the master's ${member}: the other node serves meanwhile`,
        async pair => {
          await pair.project.docker(down, service);
          await pair.heldBy('node-b');
          await pair.project.docker(up, service);
          await pair.settled('node-a');
        },
      );

  for (const service of ['nginx-a', 'locum-a'])
    scenario(`docker restart and compose restart of ${service}`, async pair => {
      await pair.project.docker('restart', service);
      await pair.settled('node-a');
      await pair.project.compose(['restart', service]);
      await pair.settled('node-a');
    });

  scenario(
    "whatever befalls the backup's nginx and sidecar, the master stays and no other node answers",
    async pair => {
      const transitions = async (): Promise<unknown> =>
        (await pair.project.status('locum-a'))?.routers[0]?.transitions.map(({ to }) => to);
      const before = await transitions();
      const observer = await pair.observe();
      try {
        await observer.answerOf('node-a', 0, 5_000);
        for (const { down, up } of WAYS) {
          await pair.project.docker(down, 'nginx-b', 'locum-b');
          await pair.project.docker(up, 'nginx-b', 'locum-b');
        }
        await pair.project.docker('restart', 'nginx-b', 'locum-b');
        await pair.settled('node-a');
      } finally {
        await observer.stop();
      }
      assert.deepEqual(await transitions(), before);
      // An answer may be late on a busy machine; it is never another node's, and never refused.
      const seen = new Set(observer.sights.map(({ what }) => what));
      seen.delete('!TIMEOUT');
      assert.deepEqual([...seen], ['node-a']);
    },
  );

  scenario('kills, stops, pauses and restarts of all members in a random order', async (pair, context) => {
    const seed = Number(process.env['LOCUM_TEST_SEED'] ?? Date.now() % 1_000_000);
    context.diagnostic(`LOCUM_TEST_SEED=${seed}`);
    for (const [verb, service] of shuffled(seed)) await pair.project.docker(verb, service);
    await pair.settled('node-a');
  });

  for (const signal of ['KILL', 'STOP'])
    scenario(
      `SIG${signal} to the master's sidecar: its address is gone when the lease ends`,
      async (pair, context) => {
        const { project } = pair;
        const [holder, sidecar, status] = await Promise.all([
          project.state('node-a'),
          project.state('locum-a'),
          project.status('locum-a'),
        ]);
        const leaseMs = (status?.routers[0]?.leaseSeconds ?? Number.NaN) * 1_000;
        const began = performance.now();
        // Docker does not restart what it was told to kill; a new sidecar would sweep the address before the lease ends.
        if (signal === 'KILL') await project.docker('kill', 'locum-a');
        else await project.signal(sidecar.pid, signal);
        await waitFor(async () => !(await project.addressesBeside(holder.pid)).includes(VIP), {
          what: 'the address is gone from the namespace of the dead sidecar',
          deadlineMs: leaseMs + LEASE_SLACK_MS + 5_000,
          everyMs: 10,
        });
        const tookMs = performance.now() - began;
        context.diagnostic(`gone after ${tookMs.toFixed(0)} ms, lease ${leaseMs} ms`);
        assert.ok(tookMs <= leaseMs + LEASE_SLACK_MS, `took ${tookMs} ms with a lease of ${leaseMs} ms`);
        await pair.heldBy('node-b');
        if (signal === 'KILL') await project.docker('start', 'locum-a');
        else await project.signal(sidecar.pid, 'CONT');
        await pair.settled('node-a');
        assert.deepEqual(await holdersOf(pair.site), ['node-a']);
      },
    );
}

type Step = readonly [verb: string, service: string];

/** Every way down and up and a restart of every member, mixed; the steps of one member stay in their order. */
function shuffled(seed: number): Step[] {
  const queues = ['nginx-a', 'locum-a', 'nginx-b', 'locum-b'].map(service =>
    [...WAYS.flatMap(({ down, up }) => [down, up]), 'restart'].map((verb): Step => [verb, service]),
  );
  const steps: Step[] = [];
  let random = seed;
  for (let left = queues; left.length > 0; left = left.filter(queue => queue.length > 0)) {
    // A linear congruential generator is random enough to mix four queues.
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    const step = left[Math.floor((random / 2 ** 31) * left.length)]?.shift();
    if (step !== undefined) steps.push(step);
  }
  return steps;
}
