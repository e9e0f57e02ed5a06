/** What the Docker engine lets this process do, asked with GET alone. */

import { answersBeyondNeed, connectDocker } from '../../docker/client.ts';
import { findProxy } from '../../docker/identity.ts';
import type { ContainerSnapshot, DockerSnapshot } from '../../docker/snapshot.ts';
import type { DockerFacts } from '../../doctor/docker.ts';
import { messageOf, OperatingError } from '../../lib/errors.ts';
import type { Config } from '../config/config.ts';
import { readWhereabouts } from '../proxy.ts';

const TIMEOUT_MS = 3_000;

export interface EngineReading {
  /** Undefined when the engine is not used. */
  readonly facts: DockerFacts | undefined;
  /** Undefined when it was not found. */
  readonly proxy: ContainerSnapshot | undefined;
}

export async function readEngine({
  enabled,
  host,
  labelPrefix,
}: Pick<Config['docker'], 'enabled' | 'host' | 'labelPrefix'>): Promise<EngineReading> {
  if (!enabled) return { facts: undefined, proxy: undefined };
  const nothing = { host, containers: 0, eventsFailure: undefined, beyond: 'unknown' } as const;
  let snapshot: DockerSnapshot;
  try {
    snapshot = await connectDocker(host, { labelPrefix }).list(AbortSignal.timeout(TIMEOUT_MS));
  } catch (thrown) {
    const listFailure = reasonOf(thrown);
    return { facts: { ...nothing, listFailure, proxy: { missing: '' } }, proxy: undefined };
  }
  const found = findProxy(snapshot, readWhereabouts());
  const [eventsFailure, beyond] = await Promise.all([
    tryEvents(host),
    answersBeyondNeed(host, AbortSignal.timeout(TIMEOUT_MS)),
  ]);
  const facts = {
    host,
    listFailure: undefined,
    containers: snapshot.containers.length,
    eventsFailure,
    beyond,
    proxy: found.ok ? { name: found.value.proxy.name } : { missing: found.error },
  };
  return { facts, proxy: found.ok ? found.value.proxy : undefined };
}

/** Without the advice of the error: the line has its own. */
function reasonOf(thrown: unknown): string {
  return messageOf(thrown instanceof OperatingError ? (thrown.cause ?? thrown) : thrown);
}

/** Why there are none; undefined when the stream opens. */
async function tryEvents(host: string): Promise<string | undefined> {
  const ending = new AbortController();
  try {
    await connectDocker(host).events(AbortSignal.any([ending.signal, AbortSignal.timeout(TIMEOUT_MS)]));
    return undefined;
  } catch (thrown) {
    return reasonOf(thrown);
  } finally {
    ending.abort();
  }
}
