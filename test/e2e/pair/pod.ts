/**
 * The pod of compose/pair.yaml: what happens to a node when the container that holds its namespaces, its nginx, or the whole engine comes
 * and goes. Where Docker leaves the members down, `docker compose up -d` is the repair, and the other node has the address meanwhile.
 */

import assert from 'node:assert/strict';
import type { Pair } from '../../support/docker-pair.ts';
import type { Scenario } from '../../support/docker-scenario.ts';
import { waitFor } from '../../support/wait.ts';

const MEMBERS = ['nginx-a', 'locum-a'];

export function pod(scenario: Scenario): void {
  scenario(
    "process 1 of the pod is the holder's init, and the members live beside it",
    async ({ project }) => {
      for (const member of MEMBERS)
        assert.equal(await project.exec(member, 'cat', '/proc/1/comm'), 'docker-init');
    },
  );

  scenario("nginx's container dies: the namespaces and the sidecar stay", async pair => {
    const before = await states(pair, 'node-a', 'locum-a');
    await pair.project.docker('kill', 'nginx-a');
    await pair.heldBy('node-b');
    assert.deepEqual(await states(pair, 'node-a', 'locum-a'), before);
    await pair.project.docker('start', 'nginx-a');
    await pair.settled('node-a');
    assert.deepEqual(await states(pair, 'node-a', 'locum-a'), before);
  });

  scenario(
    "nginx's container is recreated: nothing else has to be done, and its labels are read anew",
    async pair => {
      const before = await states(pair, 'node-a', 'nginx-a', 'locum-a');
      await pair.project.up(['--force-recreate', '--no-deps', 'nginx-a']);
      await pair.settled('node-a');
      const after = await states(pair, 'node-a', 'nginx-a', 'locum-a');
      assert.notEqual(after[1]?.id, before[1]?.id);
      assert.deepEqual([after[0], after[2]], [before[0], before[2]]);
    },
  );

  scenario(
    'docker restart of the holder: a member that Docker started before it needs compose up',
    async pair => {
      await pair.project.docker('restart', 'node-a');
      await repaired(pair);
    },
  );

  scenario('compose restart of the holder: all members come back', async pair => {
    await pair.project.compose(['restart', 'node-a']);
    await pair.settled('node-a');
  });

  for (const down of ['stop', 'kill'])
    scenario(`docker ${down} and start of the holder: the members stay down until compose up`, async pair => {
      await pair.project.docker(down, 'node-a');
      await pair.heldBy('node-b');
      await pair.project.docker('start', 'node-a');
      await pair.heldBy('node-b');
      const members = await states(pair, ...MEMBERS);
      assert.deepEqual(
        members.map(({ status }) => status),
        ['exited', 'exited'],
      );
      await pair.project.up();
      await pair.settled('node-a');
    });

  scenario('the holder crashes: at worst compose up is the repair', async pair => {
    const crashed = await pair.project.state('node-a');
    await pair.project.signal(crashed.pid, 'KILL');
    await waitFor(
      async () => {
        const { status, pid } = await pair.project.state('node-a');
        return status === 'running' && pid !== crashed.pid;
      },
      { what: 'Docker restarts the holder', deadlineMs: 20_000, everyMs: 100 },
    );
    await calm(pair);
    await pair.project.up();
    await pair.settled('node-a');
  });

  scenario(
    'the engine restarts: a member that Docker started before its holder needs compose up',
    async pair => {
      await pair.engine.restartDaemon();
      await repaired(pair);
    },
  );
}

/**
 * Docker starts containers in no order, and one that comes before its holder stays down (moby/moby#11777). Nothing else may keep a
 * member down; compose up brings it back.
 */
async function repaired(pair: Pair): Promise<void> {
  await calm(pair);
  for (const member of ['nginx-a', 'locum-a', 'nginx-b', 'locum-b']) {
    const { status, error } = await pair.project.state(member);
    if (status !== 'running')
      assert.match(error, /cannot join .* of a non running container/, `${member} is ${status}`);
  }
  await pair.project.up();
  await pair.settled('node-a');
}

/** Waits until Docker's restart policies have done what they do. */
async function calm(pair: Pair): Promise<void> {
  await waitFor(
    async () => {
      const found = await states(pair, 'node-a', 'nginx-a', 'locum-a', 'node-b', 'nginx-b', 'locum-b');
      return (
        found[0]?.status === 'running' &&
        found.every(({ status }) => status === 'running' || status === 'exited')
      );
    },
    { what: 'no container is being restarted', deadlineMs: 20_000, everyMs: 100 },
  );
}

/** What changes when a container is restarted or recreated. */
async function states(
  pair: Pair,
  ...services: string[]
): Promise<{ id: string; status: string; pid: number }[]> {
  const found = await Promise.all(services.map(service => pair.project.state(service)));
  return found.map(({ id, status, pid }) => ({ id, status, pid }));
}
