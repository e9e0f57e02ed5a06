/** What the Docker engine's socket lets Locum do, and what else it would let anybody do. Pure. */

import { about, type Line } from './line.ts';

export interface DockerFacts {
  readonly host: string;
  /** Why the engine cannot be asked for its containers; undefined when it can. */
  readonly listFailure: string | undefined;
  readonly containers: number;
  readonly eventsFailure: string | undefined;
  /** Whether it also answers what Locum never asks (GET /info); `unknown` when that had no answer at all. */
  readonly beyond: 'answered' | 'refused' | 'unknown';
  readonly proxy: { readonly name: string } | { readonly missing: string };
}

/** Undefined facts: the engine is not used. */
export function dockerLines(facts: DockerFacts | undefined): Line[] {
  if (facts === undefined) return [about('docker').ok('not used (docker.enabled is false)')];
  if (facts.listFailure !== undefined)
    return [
      about('docker', 'access').fail(
        `${facts.host} does not list its containers: ${facts.listFailure}`,
        "mount the engine's socket into Locum's container and let its user read it, or set docker.enabled to false",
      ),
    ];
  return [accessLine(facts), reachLine(facts), proxyLine(facts)];
}

function accessLine({ host, containers, eventsFailure }: DockerFacts): Line {
  const line = about('docker', 'access');
  return eventsFailure === undefined
    ? line.ok(`${host} lists ${containers} containers and sends events`)
    : line.warn(
        `it lists containers and sends no events, so changes are noticed every 30 s only: ${eventsFailure}`,
        'let GET /events through to the engine',
      );
}

function reachLine({ beyond }: DockerFacts): Line {
  const line = about('docker', 'socket');
  if (beyond === 'refused') return line.ok('filtered: it refuses what Locum does not ask for');
  if (beyond === 'unknown') return line.ok('whether it is filtered could not be told');
  return line.warn(
    'is not filtered: whoever gets into this container owns the host. Mounting it read-only (:ro) does not change that',
    'put a filtering proxy before it that lets GET of /containers/json and /events through and nothing else, and set docker.host to that',
  );
}

function proxyLine({ proxy }: DockerFacts): Line {
  const line = about('docker', 'proxy');
  return 'name' in proxy
    ? line.ok(`${proxy.name} is the proxy: it shares this network, its labels count`)
    : line.warn(
        `the proxy was not found, so no labels of it count: ${proxy.missing}`,
        'start the proxy in the network namespace of this container, or set docker.enabled to false',
      );
}
