/** What is particular to compose/attach.yaml: the network namespace ends with nginx's container. Every order in which the two stop and start. */

import assert from 'node:assert/strict';
import type { Way } from '../../support/docker-way.ts';
import { waitFor } from '../../support/wait.ts';
import type { WayScenario } from './scenarios.ts';

const TOLD_MS = 15_000;
const BACK_MS = 30_000;

const ORDERS: readonly string[] = [
  'stop locum, stop nginx, start nginx, start locum',
  'stop nginx, stop locum, start nginx, start locum',
  'stop locum, restart nginx, start locum',
  'pause nginx, unpause nginx',
  'kill nginx, start nginx, restart locum',
];

export const ATTACHED: readonly WayScenario[] = [
  ...ORDERS.map(order => ({ name: order, act: (way: Way) => inOrder(way, order) })),
  {
    name: 'drained, it stays away, whatever is restarted, until undrain',
    act: async way => {
      const [node] = way.nodes;
      const { project, nginx, sidecar } = node;
      const before = await way.look(project, sidecar);
      await project.exec(sidecar, 'locum', 'drain');
      await way.heldByOther(node);
      await project.docker('restart', nginx);
      await waitFor(
        async () => {
          const { pid } = await way.look(project, sidecar);
          return pid !== before.pid && (await project.status(sidecar))?.drain.state === 'drained';
        },
        { what: 'Locum is back and knows that it is drained', deadlineMs: BACK_MS, everyMs: 200 },
      );
      await way.heldByOther(node);
      await project.exec(sidecar, 'locum', 'undrain');
    },
  },
  {
    name: 'nginx is made anew without the overlay: Locum says what to do, and compose up does it',
    act: async way => {
      const [{ project }] = way.nodes;
      await project.up(['--force-recreate', '--no-deps', 'nginx']);
      await waitFor(
        async () => /gone for good.*docker compose up -d/.test(await project.compose(['logs', 'locum'])),
        { what: 'Locum says that its container must be made anew', deadlineMs: TOLD_MS, everyMs: 200 },
      );
      await way.heldByOther(way.nodes[0]);
      await project.up();
    },
  },
  {
    name: 'restart nginx: Locum says why it ends, and is started again without a hand',
    act: async way => {
      const [{ project }] = way.nodes;
      await project.docker('restart', 'nginx');
      await way.settled();
      const log = await project.compose(['logs', '--no-log-prefix', 'locum']);
      assert.match(log, /"msg":"the daemon ends: container site-a-nginx-1, .* was started anew/);
    },
  },
];

/** `docker VERB` of the first node's containers, one after the other. */
async function inOrder(way: Way, order: string): Promise<void> {
  const [{ project }] = way.nodes;
  for (const step of order.split(', ')) {
    const [verb = '', service = ''] = step.split(' ');
    await project.docker(verb, service);
  }
}
