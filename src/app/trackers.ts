/** From the configuration of a tracker to its probe: where trackers meet processes, Docker and HTTP. */

import { describeServing, endedBy, notServing } from '../docker/condition.ts';
import type { ContainerSnapshot, DockerSnapshot } from '../docker/snapshot.ts';
import type { DockerWatcher } from '../docker/watcher.ts';
import type { Clock } from '../lib/clock.ts';
import type { Result } from '../lib/result.ts';
import { type ContainerLook, type ContainerSource, DockerProbe } from '../probes/docker.ts';
import { httpProbe } from '../probes/http.ts';
import { failed, type Probe } from '../probes/probe.ts';
import { ProcessProbe, type ProcessWatcher } from '../probes/process.ts';
import type { ProcessTable } from '../probes/procfs.ts';
import type { TrackerConfig } from './config/config.ts';

/** Finds a container in a snapshot, or says why it cannot. */
export type Locate = (snapshot: DockerSnapshot) => Result<ContainerSnapshot, string>;

export interface ProbeParts {
  readonly processes: ProcessTable;
  /** Undefined where the kernel offers no pidfd: ends are found by checks. */
  readonly processWatcher: ProcessWatcher | undefined;
  /** Undefined when Docker is not used. */
  readonly docker: DockerWatcher | undefined;
  readonly locateProxy: Locate;
  readonly clock: Clock;
}

export function createProbe(config: TrackerConfig, parts: ProbeParts): Probe {
  switch (config.type) {
    case 'process':
      return new ProcessProbe(config.name, parts.processes, parts.processWatcher);
    case 'http':
      return httpProbe(config.url, config.status);
    case 'docker':
      return dockerProbe(config.container, parts);
  }
}

function dockerProbe(container: string | undefined, { docker, locateProxy, clock }: ProbeParts): Probe {
  if (docker === undefined) {
    const outcome = failed('docker.enabled is false, so no container can be watched');
    return { check: () => Promise.resolve(outcome) };
  }
  const locate = container === undefined ? locateProxy : locateByName(container);
  return new DockerProbe(containerSource(docker, locate), clock);
}

/** By name, or by id or its beginning (12 digits or more). */
export function locateByName(wanted: string): Locate {
  const isId = /^[0-9a-f]{12,64}$/.test(wanted);
  return ({ containers }) => {
    const found =
      containers.find(({ name }) => name === wanted) ??
      containers.find(({ id }) => isId && id.startsWith(wanted));
    return found === undefined
      ? { ok: false, error: `no container named ${wanted}` }
      : { ok: true, value: found };
  };
}

function containerSource(docker: DockerWatcher, locate: Locate): ContainerSource {
  return {
    look: () => lookAt(docker, locate),
    onList: listener => docker.onSnapshot(listener),
    onEnd: listener =>
      docker.onEvent(event => {
        const snapshot = docker.latest();
        const target = snapshot === undefined ? undefined : locate(snapshot);
        const end = target?.ok === true && target.value.id === event.id ? endedBy(event) : undefined;
        if (end !== undefined) listener({ ...end, reason: `container ${event.name} ${end.reason}` });
      }),
  };
}

function lookAt(docker: DockerWatcher, locate: Locate): ContainerLook {
  const snapshot = docker.latest();
  const { connected, lastError } = docker.status();
  if (snapshot === undefined) return { kind: 'unsure', detail: lastError ?? 'Docker was not asked yet' };
  const found = locate(snapshot);
  const detail = found.ok ? describe(found.value) : found.error;
  if (!connected)
    return { kind: 'unsure', detail: `last known: ${detail}; ${lastError ?? 'Docker does not answer'}` };
  if (!found.ok) return { kind: 'failing', detail };
  if (docker.outdated(found.value.id)) return { kind: 'unsure', detail: `${detail}; a change is being read` };
  return { kind: notServing(found.value) === undefined ? 'serving' : 'failing', detail };
}

const describe = (container: ContainerSnapshot): string =>
  `container ${container.name}: ${notServing(container) ?? describeServing(container)}`;
