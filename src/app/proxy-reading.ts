/** The container beside which Locum runs, with its labels, as the engine lists it. Only looks. */

import { connectDocker } from '../docker/client.ts';
import { findProxy } from '../docker/identity.ts';
import { messageOf } from '../lib/errors.ts';
import type { Config } from './config/config.ts';
import type { Problem } from './config/problems.ts';
import { ENGINE_TIMEOUT_MS, noEngine, notFound } from './engine-problems.ts';
import { readWhereabouts } from './proxy.ts';

/** The container beside which Locum runs. */
export interface ProxyContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ProxyReading {
  /** Undefined when it was not found; `problems` says why. */
  readonly proxy: ProxyContainer | undefined;
  readonly problems: readonly Problem[];
}

const ENGINE_FIX =
  "mount the engine's socket into Locum's container, or set docker.enabled to false (LOCUM_DOCKER__ENABLED=false)";

export type AskedEngine = Pick<Config['docker'], 'host' | 'labelPrefix'>;

/** Looks through the engine: an engine that cannot be asked is an error, a proxy that cannot be told a warning. */
export async function readProxy({ host, labelPrefix }: AskedEngine): Promise<ProxyReading> {
  try {
    const snapshot = await connectDocker(host, { labelPrefix }).list(AbortSignal.timeout(ENGINE_TIMEOUT_MS));
    const found = findProxy(snapshot, readWhereabouts());
    return found.ok
      ? { proxy: found.value.proxy, problems: [] }
      : { proxy: undefined, problems: [noProxy(host, found.error)] };
  } catch (thrown) {
    return { proxy: undefined, problems: [noEngine(host, messageOf(thrown), ENGINE_FIX)] };
  }
}

function noProxy(host: string, why: string): Problem {
  return notFound(
    host,
    `the proxy was not found, so no labels of it count: ${why}`,
    'start the proxy in the network namespace of this container, or set docker.enabled to false',
  );
}
