/**
 * From a snapshot to upstreams: which containers serve, at which address, and why the others do not. Deterministic: equal states give
 * equal plans, ordered by upstream, then container name, then address.
 */

import { err, ok, type Result } from '../lib/result.ts';
import type { LeftOut, Server, Upstream, UpstreamOptions, WhyNot } from '../lib/upstream.ts';
import { type OptionValues, serverParameters } from '../lib/upstream-grammar.ts';
import type { UpstreamName } from '../lib/upstream-name.ts';
import { neededZoneKilobytes } from '../lib/upstream-zone.ts';
import { type BackendReading, type Membership, type Nearest, readBackendLabels } from './backend-labels.ts';
import { AILMENTS, notServing } from './condition.ts';
import {
  ENABLE_LABEL,
  isBackend,
  isProxy,
  isSidecar,
  locumLabels,
  PORT_LABEL,
  writtenLabel,
} from './labels.ts';
import { bounded, MOST_WARNINGS_IN_ALL, shown } from './limits.ts';
import { type Opinion, settleOptions } from './options.ts';
import { COMPOSE_PROJECT, list, type Reachable, reach } from './reach.ts';
import type { ContainerHealth, ContainerSnapshot, DockerSnapshot } from './snapshot.ts';

/** Where the proxy lives, which decides what it can reach. */
export interface ProxyScope {
  /** Ids that are never backends: the proxy itself, its holder. */
  readonly excluded: ReadonlySet<string>;
  readonly networks: Reachable;
}

/** Another engine, as it was listed last. */
export interface Site {
  /** As configured, for people. */
  readonly name: string;
  readonly snapshot: DockerSnapshot;
  readonly scope: ProxyScope;
}

/** What decides beside the labels. */
export interface Circumstances {
  /** The compose projects whose containers count; undefined: all containers. */
  readonly projects: readonly string[] | undefined;
  /** Whether a container serves before its health check has passed for the first time. */
  readonly starting: boolean;
  /** Ids of containers that are being stopped. */
  readonly going: ReadonlySet<string>;
  /** Engines of other hosts. */
  readonly sites: readonly Site[];
  readonly upstreams: ReadonlyMap<UpstreamName, ConfiguredUpstream>;
}

export interface ConfiguredUpstream {
  /** What is said here counts before what any container says. */
  readonly options: OptionValues;
  /** Servers beside the containers. */
  readonly servers: readonly Server[];
}

/** Every labelled container counts once it is healthy, and labels alone say what an upstream is. */
export const LABELS_ALONE: Circumstances = {
  projects: undefined,
  starting: false,
  going: new Set(),
  sites: [],
  upstreams: new Map(),
};

export interface BackendPlan {
  /** By name; an upstream whose containers are all left out is here with none. */
  readonly upstreams: readonly Upstream[];
  /** Containers that name no upstream. */
  readonly leftOut: readonly LeftOut[];
  /** Containers that do not ask to be used, by name: the proxy and Locum's own are not among them. */
  readonly unasked: readonly string[];
  /** Things to tell the user that leave nothing out, such as an unknown label. Bounded. */
  readonly warnings: readonly string[];
}

/** The upstreams that the labels of a snapshot and the configuration ask for. */
export function planBackends(
  snapshot: DockerSnapshot,
  scope: ProxyScope,
  nearest: Nearest,
  circumstances: Circumstances = LABELS_ALONE,
): BackendPlan {
  const drafts = new Drafts();
  for (const [name, { options, servers }] of circumstances.upstreams) {
    drafts.of(name).servers.push(...servers);
    drafts.of(name).opinions.push({ from: CONFIGURED, values: options });
  }
  const cases = [{ name: undefined, snapshot, scope }, ...circumstances.sites].flatMap(site =>
    site.snapshot.containers.map(container => caseOf(site, container, circumstances)),
  );
  for (const one of cases.sort((a, b) => compare(a.name, b.name))) look(drafts, one, nearest);
  return drafts.finish();
}

function caseOf(
  { name, snapshot, scope }: Omit<Site, 'name'> & { readonly name: string | undefined },
  container: ContainerSnapshot,
  circumstances: Circumstances,
): Case {
  const known = name === undefined ? container.name : `${container.name} on ${name}`;
  return { name: known, snapshot, scope, circumstances, container };
}

const CONFIGURED = 'the configuration';

function look(drafts: Drafts, one: Case, nearest: Nearest): void {
  const { name, snapshot, scope, container } = one;
  const { labels } = container;
  if (scope.excluded.has(container.id) || isSidecar(labels)) return;
  const asks = isBackend(labels);
  if (!asks) drafts.unasked.push(name);
  // The labels of a proxy are the configuration's business.
  if (!asks && (isProxy(labels) || locumLabels(labels).length === 0)) return;
  const reading = readBackendLabels(labels, nearest, snapshot.labelPrefix);
  drafts.warnings.push(...reading.warnings.map(warning => `container ${name}: ${warning}`));
  if (asks) join(drafts, one, reading);
}

/** An upstream while it is put together. */
interface Draft {
  readonly servers: Server[];
  readonly leftOut: LeftOut[];
  /** The configuration's, then the containers', by their names. */
  readonly opinions: Opinion[];
}

class Drafts {
  readonly #drafts = new Map<UpstreamName, Draft>();
  readonly leftOut: LeftOut[] = [];
  readonly unasked: string[] = [];
  readonly warnings: string[] = [];

  of(name: UpstreamName): Draft {
    const draft = this.#drafts.get(name) ?? { servers: [], leftOut: [], opinions: [] };
    this.#drafts.set(name, draft);
    return draft;
  }

  finish(): BackendPlan {
    const upstreams = [...this.#drafts]
      .sort(([a], [b]) => compare(a, b))
      .map(([name, draft]) => this.#upstream(name, draft));
    const warnings = bounded(this.warnings, MOST_WARNINGS_IN_ALL);
    return { upstreams, leftOut: this.leftOut, unasked: this.unasked, warnings };
  }

  #upstream(name: UpstreamName, draft: Draft): Upstream {
    const { options, warnings } = settleOptions(name, draft.opinions);
    const [servers, refused] = partition(draft.servers, ({ backup }) => !backup || takesBackups(options));
    const reason = `a backup server cannot be in an upstream with balance ${options.balance}`;
    const fix = 'use round_robin or least_conn, or make it a server like the others';
    this.warnings.push(...warnings, ...zoneTooSmall(name, options, servers.length));
    const leftOut = [...draft.leftOut, ...refused.map(({ origin }) => ({ container: origin, reason, fix }))];
    return {
      name,
      options,
      servers: servers.sort((a, b) => compare(a.origin, b.origin) || compare(a.address, b.address)),
      leftOut: leftOut.sort((a, b) => compare(a.container, b.container)),
    };
  }
}

/** nginx is given what its servers need, whatever was asked for. */
function zoneTooSmall(
  name: UpstreamName,
  { zoneKilobytes: zone }: UpstreamOptions,
  servers: number,
): readonly string[] {
  const needed = neededZoneKilobytes(servers);
  return zone === undefined || zone >= needed
    ? []
    : [`upstream ${name}: a zone of ${zone}k has no room to spare for its servers; it gets ${needed}k`];
}

/** nginx refuses the parameter `backup` with the other methods. */
const takesBackups = ({ balance }: UpstreamOptions): boolean =>
  balance === 'round_robin' || balance === 'least_conn';

function partition<T>(items: readonly T[], holds: (item: T) => boolean): [T[], T[]] {
  return [items.filter(holds), items.filter(item => !holds(item))];
}

/** One container, and all that decides about it. */
interface Case {
  /** For people; with its host where that is another. */
  readonly name: string;
  readonly snapshot: DockerSnapshot;
  readonly scope: ProxyScope;
  readonly circumstances: Circumstances;
  readonly container: ContainerSnapshot;
}

function join(drafts: Drafts, one: Case, { enable, memberships, options, problems }: BackendReading): void {
  const { name } = one;
  if (problems.length > 0)
    drafts.leftOut.push({ container: name, reason: problems.join('; '), fix: 'correct its labels' });
  for (const [upstream, values] of options)
    drafts.of(upstream).opinions.push({ from: `container ${name}`, values });
  for (const membership of memberships) {
    const draft = drafts.of(membership.upstream);
    const server = place(one, enable, membership);
    if (server.ok) draft.servers.push(server.value);
    else draft.leftOut.push({ container: name, ...server.error });
  }
}

function place(one: Case, enable: boolean | undefined, membership: Membership): Result<Server, WhyNot> {
  const { snapshot, scope, container } = one;
  const { labels, problems } = membership;
  if (problems.length > 0) return err({ reason: problems.join('; '), fix: 'correct its labels' });
  const why = whyNotCounted(one, enable);
  if (why !== undefined) return err(why);
  const port = choosePort(one, labels.port);
  if (!port.ok) return port;
  const place = reach(snapshot, scope.networks, container, port.value, labels.network);
  return place.ok ? ok({ origin: one.name, ...place.value, ...serverParameters(labels.server) }) : place;
}

function whyNotCounted(one: Case, enable: boolean | undefined): WhyNot | undefined {
  const { container, circumstances } = one;
  if (enable === false)
    return { reason: `label ${written(one, ENABLE_LABEL)}=false`, fix: 'remove the label to use it' };
  const { projects, starting, going } = circumstances;
  const project = container.labels[COMPOSE_PROJECT];
  if (projects !== undefined && (project === undefined || !projects.includes(project))) {
    const its =
      project === undefined ? 'is of no compose project' : `is of compose project ${shown(project)}`;
    return { reason: `${its}; discovery.projects counts ${list(projects)}`, fix: 'name its project there' };
  }
  if (going.has(container.id)) return { reason: 'is being stopped', fix: 'nothing, or start it again' };
  const reason = notServing(container, starting ? AILMENTS.filter(each => each !== 'starting') : AILMENTS);
  return reason === undefined ? undefined : { reason, fix: HEALTH_FIXES[container.health] };
}

const START = 'start it';

/** What to do about a container that does not serve, by its health: a stopped one has what it had last, or none. */
const HEALTH_FIXES: Readonly<Record<ContainerHealth, string>> = {
  none: START,
  healthy: START,
  starting: 'wait for its health check, or set discovery.starting to true',
  unhealthy: 'see what its health check says: docker inspect',
};

function choosePort(one: Case, port: number | undefined): Result<number, WhyNot> {
  const { exposedPorts } = one.container;
  const [only, ...more] = exposedPorts;
  if (port !== undefined) return ok(port);
  if (only !== undefined && more.length === 0) return ok(only);
  const exposed = only === undefined ? 'no TCP port' : list(exposedPorts);
  const label = written(one, PORT_LABEL);
  return err({
    reason: `label ${label} is missing, and the container exposes ${exposed}`,
    fix: `label it ${label}=8080, with the port that it listens on`,
  });
}

const written = ({ snapshot }: Case, label: string): string => writtenLabel(label, snapshot.labelPrefix);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
