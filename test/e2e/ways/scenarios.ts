/** What every way to run Locum survives: one table, applied to each. */

import assert from 'node:assert/strict';
import type { Way } from '../../support/docker-way.ts';

export interface WayScenario {
  readonly name: string;
  readonly act: (way: Way) => Promise<void>;
}

export const SCENARIOS: readonly WayScenario[] = [
  { name: 'comes up by its command', act: () => Promise.resolve() },
  {
    name: 'nginx crashes, on each node',
    act: async way => {
      for (const { project, nginx } of way.nodes) {
        await way.crash(project, nginx);
        await way.settled();
      }
    },
  },
  {
    name: 'the sidecar crashes, on each node',
    act: async way => {
      for (const { project, sidecar } of way.nodes) {
        await way.crash(project, sidecar);
        await way.settled();
      }
    },
  },
  {
    name: 'nginx is stopped, then started, on each node: the other one serves meanwhile',
    act: async way => {
      for (const node of way.nodes) {
        await node.project.docker('stop', node.nginx);
        await way.heldByOther(node);
        await node.project.docker('start', node.nginx);
        await way.settled();
      }
    },
  },
  {
    name: 'docker compose restart of each service',
    act: async way => {
      for (const project of way.projects)
        for (const service of await servicesOf(project)) {
          await project.compose(['restart', service]);
          await way.settled();
        }
    },
  },
  {
    name: 'the engine restarts: a container that Docker started before the one it joins needs compose up',
    act: async way => {
      for (const engine of way.engines) {
        await engine.restartDaemon();
        for (const why of await way.calm()) assert.match(why, /cannot join .* of a non running container/);
        await way.up();
        await way.settled();
      }
    },
  },
];

async function servicesOf(project: Way['projects'][number]): Promise<string[]> {
  return (await project.compose(['config', '--services'])).split('\n').sort();
}
