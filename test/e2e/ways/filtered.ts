/** What is particular to the filter before the Docker socket: Locum reads through it, and nobody can change anything. */

import assert from 'node:assert/strict';
import type { WayNode } from '../../support/docker-way.ts';
import type { WayScenario } from './scenarios.ts';

/** Prints the status that the engine's answer has, for each method and path. */
const ASK = `
  import { request } from 'node:http';
  const socketPath = process.env.LOCUM_DOCKER__HOST.replace('unix://', '');
  const statusOf = (method, path) => new Promise((resolve, reject) =>
    request({ socketPath, method, path }, answer => resolve(answer.resume().statusCode)).on('error', reject).end());
  for (const line of process.argv.slice(1)) console.log(line, await statusOf(...line.split(' ')));
  process.exit();
`;

const ANSWERS: Readonly<Record<string, number>> = {
  'GET /containers/json': 200,
  'GET /_ping': 403,
  'GET /info': 403,
  'GET /images/json': 403,
  'POST /containers/create': 403,
  'POST /containers/prune': 403,
  'POST /v1.41/containers/json': 403,
};

export const FILTERED: readonly WayScenario[] = [
  {
    name: 'through the filter Locum reads, and nothing can be changed',
    act: async way => {
      for (const node of way.nodes) {
        const asked = Object.entries(ANSWERS).map(([line, status]) => `${line} ${status}`);
        assert.deepEqual((await answersTo(node, Object.keys(ANSWERS))).split('\n'), asked);
      }
    },
  },
];

function answersTo({ project, sidecar }: WayNode, lines: readonly string[]): Promise<string> {
  return project.exec(sidecar, 'node', '--input-type=module', '--eval', ASK, ...lines);
}
