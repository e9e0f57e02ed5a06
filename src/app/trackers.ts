/** From the configuration of a tracker to its probe: where trackers meet processes, Docker, interfaces and the network. */

import type { BackendPlan } from '../docker/backends.ts';
import { type Ailment, describeServing, endedBy, notServing } from '../docker/condition.ts';
import type { ContainerSnapshot, DockerSnapshot } from '../docker/snapshot.ts';
import type { DockerWatcher } from '../docker/watcher.ts';
import type { Clock } from '../lib/clock.ts';
import type { Result } from '../lib/result.ts';
import type { RunCommand } from '../native/command.ts';
import { openPingSocket } from '../native/ping-socket.ts';
import type { RouteNetlink } from '../net/rtnetlink.ts';
import { type ContainerLook, type ContainerSource, DockerProbe } from '../probes/docker.ts';
import { execProbe } from '../probes/exec.ts';
import { FileProbe } from '../probes/file.ts';
import { httpProbe } from '../probes/http.ts';
import { InterfaceProbe, type InterfaceSource } from '../probes/interface.ts';
import { NginxProbe } from '../probes/nginx.ts';
import { PingProbe } from '../probes/ping.ts';
import { failed, type Probe } from '../probes/probe.ts';
import { ProcessProbe, type ProcessWatcher } from '../probes/process.ts';
import type { ProcessTable } from '../probes/procfs.ts';
import { tcpProbe } from '../probes/tcp.ts';
import { type UpstreamLook, UpstreamsProbe } from '../probes/upstreams.ts';
import type { DockerTarget, PingTarget, TrackerConfig, UpstreamsTarget } from './config/config.ts';

/** Finds a container in a snapshot, or says why it cannot. */
export type Locate = (snapshot: DockerSnapshot) => Result<ContainerSnapshot, string>;

export interface ProbeParts {
  readonly processes: ProcessTable;
  /** Undefined where the kernel offers no pidfd: ends are found by checks. */
  readonly processWatcher: ProcessWatcher | undefined;
  /** Undefined when Docker is not used. */
  readonly docker: DockerWatcher | undefined;
  readonly locateProxy: Locate;
  /** Who is a backend. */
  readonly plan: (snapshot: DockerSnapshot) => BackendPlan;
  readonly netlink: Pick<RouteNetlink, 'readLink' | 'subscribe'>;
  readonly clock: Clock;
  readonly run: RunCommand;
}

export function createProbe(config: TrackerConfig, parts: ProbeParts): Probe {
  switch (config.type) {
    case 'process':
      return new ProcessProbe(config.name, config.quorum, parts.processes, parts.processWatcher);
    case 'docker':
      return dockerProbe(config, parts);
    case 'http':
      return httpProbe(config, config);
    case 'tcp':
      return tcpProbe(config.address);
    case 'exec':
      return execProbe(config.command, parts.run);
    case 'interface':
      return new InterfaceProbe(config.interface, interfaceSource(config.interface, parts.netlink));
    case 'file':
      return new FileProbe(config.path);
    case 'ping':
      return pingProbe(config, parts.clock);
    case 'nginx':
      return new NginxProbe({ ...config, tls: DEFAULT_TLS }, config.maxConnections);
    case 'upstreams':
      return upstreamsProbe(config, parts);
  }
}

const DEFAULT_TLS = { verify: true, ca: undefined, name: undefined };

function pingProbe({ address, count, replies }: PingTarget, clock: Clock): Probe {
  return new PingProbe({ address, count, replies, identifier: nextIdentifier() }, openPingSocket, clock);
}

let identifiers = process.pid;

/** Differs between the ping trackers of this process; chance keeps it apart from those of others. */
function nextIdentifier(): number {
  identifiers = (identifiers + 1) & 0xffff;
  return identifiers;
}

const WITHOUT_DOCKER = failed('docker.enabled is false, so no container can be watched');

function dockerProbe({ container, failOn }: DockerTarget, { docker, locateProxy, clock }: ProbeParts): Probe {
  if (docker === undefined) return { check: () => Promise.resolve(WITHOUT_DOCKER) };
  const locate = container === undefined ? locateProxy : locateByName(container);
  return new DockerProbe(containerSource(docker, locate, failOn), clock);
}

function upstreamsProbe(target: UpstreamsTarget, { docker, plan }: ProbeParts): Probe {
  if (docker === undefined) return { check: () => Promise.resolve(WITHOUT_DOCKER) };
  return new UpstreamsProbe(target, {
    look: () => lookAtUpstreams(docker, plan),
    onChange: listener => docker.onSnapshot(listener),
  });
}

function lookAtUpstreams(docker: DockerWatcher, plan: ProbeParts['plan']): readonly UpstreamLook[] | string {
  const snapshot = docker.latest();
  const { connected, lastError } = docker.status();
  if (snapshot === undefined || !connected) return lastError ?? 'Docker was not asked yet';
  const { upstreams } = plan(snapshot);
  return upstreams.map(({ name, servers, leftOut }) => ({
    name,
    serving: servers.length,
    all: servers.length + leftOut.length,
  }));
}

function interfaceSource(name: string, netlink: ProbeParts['netlink']): InterfaceSource {
  let index: number | undefined;
  return {
    async look() {
      const link = await netlink.readLink(name);
      index = link?.index;
      return link;
    },
    onChange: listener =>
      netlink.subscribe(event => {
        const isLink = event.kind === 'link' || event.kind === 'link-gone';
        // By its index too: it may have been renamed.
        const concerns = isLink && (event.link.name === name || event.link.index === index);
        if (concerns || event.kind === 'resync') listener();
      }),
  };
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

function containerSource(docker: DockerWatcher, locate: Locate, failOn: readonly Ailment[]): ContainerSource {
  return {
    look: () => lookAt(docker, locate, failOn),
    onList: listener => docker.onSnapshot(listener),
    onEnd: listener =>
      docker.onEvent(event => {
        const snapshot = docker.latest();
        const target = snapshot === undefined ? undefined : locate(snapshot);
        const end = target?.ok === true && target.value.id === event.id ? endedBy(event) : undefined;
        if (end === undefined || !failOn.includes(end.ailment)) return;
        listener({ over: end.over, reason: `container ${event.name} ${end.reason}` });
      }),
  };
}

function lookAt(docker: DockerWatcher, locate: Locate, failOn: readonly Ailment[]): ContainerLook {
  const snapshot = docker.latest();
  const { connected, lastError } = docker.status();
  if (snapshot === undefined) return { kind: 'unsure', detail: lastError ?? 'Docker was not asked yet' };
  const found = locate(snapshot);
  const reason = found.ok ? notServing(found.value, failOn) : found.error;
  const detail = found.ok
    ? `container ${found.value.name}: ${reason ?? describeServing(found.value)}`
    : found.error;
  if (!connected)
    return { kind: 'unsure', detail: `last known: ${detail}; ${lastError ?? 'Docker does not answer'}` };
  if (found.ok && docker.outdated(found.value.id))
    return { kind: 'unsure', detail: `${detail}; a change is being read` };
  return { kind: reason === undefined ? 'serving' : 'failing', detail };
}
