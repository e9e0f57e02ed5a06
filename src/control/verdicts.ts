/** Short answers for those who only switch something by them: whether this node is ready, and whether it is the active one. */

import type { Health, RouterStatus, Status } from './status.ts';

/** `GET /readyz`: the daemon works, and every tracker that alone can bring a virtual router into fault has reported. */
export function readiness({ routers }: Pick<Status, 'routers'>): Health {
  const waiting = new Set(routers.flatMap(silentJudges));
  return waiting.size === 0
    ? { ok: true, detail: 'ready' }
    : { ok: false, detail: `not checked yet: ${[...waiting].join(', ')}` };
}

function silentJudges({ contributions }: RouterStatus): string[] {
  return contributions
    .filter(({ weight, health }) => weight === 0 && health === 'unknown')
    .map(({ tracker }) => tracker);
}

/** `GET /active`: this node is master of that virtual router, or of every one; undefined when there is none of that name. */
export function activity({ routers }: Pick<Status, 'routers'>, name?: string): Health | undefined {
  const asked = name === undefined ? routers : routers.filter(router => router.name === name);
  if (asked.length === 0) return undefined;
  return {
    ok: asked.every(({ state }) => state === 'master'),
    detail: asked.map(({ name, state }) => `${name} is ${state}`).join(', '),
  };
}
