/**
 * From the sources to one `Config`, or to every problem at once. Defaults < file < labels on the proxy < environment.
 * Pure: files, labels and the environment are read elsewhere.
 */

import { parseUpstreamName } from '../../lib/upstream-name.ts';
import { toAuthConfig, weaknessOf } from './auth-schema.ts';
import { checkHttp } from './check-http.ts';
import { checkStanding } from './check-standing.ts';
import type { Config, EngineConfig, RouterConfig, UpstreamConfig } from './config.ts';
import { defaultEntries } from './defaults.ts';
import { addressIn } from './engine-schema.ts';
import { toHookConfig } from './hook-config.ts';
import { toHttpConfig } from './http-schema.ts';
import { problemsOf } from './issues.ts';
import { prefixAmong, prefixIn } from './label-prefix.ts';
import { whyNoLabel } from './label-rules.ts';
import { type Entry, environmentLayer, fileLayer, type Layer, labelLayer } from './layers.ts';
import { type Merged, merge, nodeAt } from './merge.ts';
import { hasErrors, type Problem } from './problems.ts';
import { checkReferences } from './references.ts';
import { type Settings, schema, sections } from './schema.ts';
import { describe, type Setting } from './settings.ts';
import { expandShortForm } from './short-form.ts';
import { toAnnounceConfig } from './standing-schema.ts';
import { toTrackerConfig } from './tracker-config.ts';
import { toUnicastConfig } from './unicast-schema.ts';
import { toVmacConfig } from './vmac-schema.ts';

/** A file that was read: its path as it was given, and its text. */
export interface TextFile {
  readonly name: string;
  readonly content: string;
}

export interface Sources {
  /** A YAML file, or what another kind of file was read as. */
  readonly file: TextFile | Layer | undefined;
  /** The proxy's labels; undefined when they are not known (yet). */
  readonly proxy: { readonly name: string; readonly labels: Readonly<Record<string, string>> } | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The Docker engine was asked, and did not answer. */
  readonly engineSilent?: boolean;
}

export interface Loaded {
  /** Undefined when there is an error among the problems. */
  readonly config: Config | undefined;
  /** What was merged, as far as it goes, for showing. */
  readonly settings: readonly Setting[];
  /** Errors and warnings, all of them. */
  readonly problems: readonly Problem[];
}

export function loadConfig(sources: Sources): Loaded {
  const { merged, problems, readable } = mergeSources(sources);
  // Without the file the rest would be a list of settings that are missing.
  if (!readable) return { config: undefined, settings: [], problems };
  const noRouter = Object.keys(nodeAt(merged.tree, ['vrrp']) ?? {}).length === 0;
  const parsed = schema.safeParse(noRouter ? { ...merged.tree, vrrp: {} } : merged.tree);
  const all = [
    ...problems,
    ...(noRouter ? [missingRouter(prefixIn(merged.tree))] : []),
    ...(parsed.success ? remarks(parsed.data, merged) : problemsOf(parsed.error.issues, merged)),
  ];
  return {
    config: parsed.success && !hasErrors(all) ? toConfig(parsed.data, sources) : undefined,
    settings: describe(merged),
    problems: all,
  };
}

/** What is needed to reach the engine, before the proxy's labels are known; undefined when it is wrong. */
export function dockerSettings(sources: Omit<Sources, 'proxy'>): Config['docker'] | undefined {
  const { merged } = mergeSources({ ...sources, proxy: undefined });
  const settings = sections.docker.safeParse(merged.tree['docker']).data;
  return settings && toDocker(settings, settings.enabled !== 'false');
}

/** Where a running daemon listens, as far as file and environment say; undefined when that is wrong. */
export function controlSettings(sources: Omit<Sources, 'proxy'>): Config['control'] | undefined {
  const { merged } = mergeSources({ ...sources, proxy: undefined });
  return sections.control.safeParse(merged.tree['control']).data;
}

function mergeSources({ file, proxy, environment }: Sources) {
  const own = file === undefined ? NOTHING : 'entries' in file ? file : fileLayer(file.name, file.content);
  const variables = environmentLayer(environment);
  const prefix = prefixAmong([...own.entries, ...variables.entries]);
  const labels = proxy === undefined ? undefined : labelLayer(proxy.name, proxy.labels, prefix);
  const layers: Layer[] = [
    own,
    labels === undefined ? NOTHING : { ...labels, entries: labels.entries.filter(mayBeLabel) },
    variables,
  ];
  const expanded = expandShortForm(layers.flatMap(layer => layer.entries));
  const given = merge(expanded.entries);
  const merged = merge([...defaultEntries(given.tree), ...expanded.entries]);
  const refused = (labels?.entries ?? []).filter(entry => !mayBeLabel(entry)).map(refusedLabel);
  const problems = [
    ...layers.flatMap(layer => layer.problems),
    ...refused,
    ...expanded.problems,
    ...merged.problems,
  ];
  return { merged, problems, readable: own.problems.length === 0 };
}

const NOTHING: Layer = { entries: [], problems: [] };

const mayBeLabel = ({ path }: Entry): boolean => whyNoLabel(path) === undefined;

function refusedLabel(entry: Entry): Problem {
  return {
    severity: 'error',
    path: entry.path.join('.'),
    what: `cannot be a label: ${whyNoLabel(entry.path)}`,
    source: entry.source,
    fix: 'set it in the file or in the environment',
  };
}

function missingRouter(labelPrefix: string): Problem {
  const labels = `${labelPrefix}.vrid=51 and ${labelPrefix}.vip=192.0.2.100/24`;
  return {
    severity: 'error',
    path: 'vrrp',
    what: 'no virtual router is configured',
    source: 'not set anywhere',
    fix: `give it at least a VRID and an address: the labels ${labels} on the proxy, or LOCUM_VRID and LOCUM_VIP in the environment`,
  };
}

/** What is wrong although every value is right. */
function remarks(settings: Settings, merged: Merged): Problem[] {
  return [
    ...remarksOnAuth(settings, merged),
    ...remarksOnTrackers(settings, merged),
    ...checkReferences(settings, merged),
    ...checkStanding(settings, merged),
    ...checkHttp(settings, merged),
  ];
}

function remarksOnAuth({ vrrp }: Settings, { sources }: Merged): Problem[] {
  return Object.entries(vrrp).flatMap(([name, { auth }]): Problem[] => {
    const weakness = weaknessOf(auth);
    if (weakness === undefined) return [];
    const { setting, what, fix } = weakness;
    const path = `vrrp.${name}.auth.${setting}`;
    return [{ severity: 'warning', path, what, source: sources.get(path) ?? '', fix }];
  });
}

function remarksOnTrackers({ track, docker }: Settings, { sources }: Merged): Problem[] {
  if (Object.keys(track).length === 0) return [NOTHING_TRACKED];
  return Object.entries(track).flatMap(([name, { type }]): Problem[] => {
    if (docker.enabled !== 'false' || !NEED_ENGINE.includes(type)) return [];
    const path = `track.${name}.type`;
    const what = `${type} needs the Docker engine, and docker.enabled is false`;
    const fix = 'enable docker, or track something else';
    return [{ severity: 'error', path, what, source: sources.get(path) ?? '', fix }];
  });
}

/** Types of trackers that ask the engine. */
const NEED_ENGINE: readonly string[] = ['docker', 'upstreams'];

const NOTHING_TRACKED: Problem = {
  severity: 'warning',
  path: 'track',
  what: 'nothing is tracked, so the priority never changes: nginx may die and this node stays master',
  source: 'the result of all sources',
  fix: 'leave `track` out for the default, or track something',
};

/** Whether the engine is used; with `auto`, only where it is needed or answers. */
function usesEngine({ docker, nginx, track }: Settings, { engineSilent }: Sources): boolean {
  if (docker.enabled !== 'auto' || engineSilent !== true) return docker.enabled !== 'false';
  const isTracked = Object.values(track).some(({ type }) => NEED_ENGINE.includes(type));
  return isTracked || nginx['upstreams-file'] !== 'off';
}

function toConfig(settings: Settings, sources: Sources): Config {
  return {
    vrrp: mapValues(settings.vrrp, toRouter),
    track: mapValues(settings.track, toTrackerConfig),
    notify: mapValues(settings.notify ?? {}, toHookConfig),
    docker: toDocker(settings.docker, usesEngine(settings, sources)),
    discovery: settings.discovery,
    upstream: toUpstreams(settings.upstream ?? {}),
    nginx: {
      upstreamsFile:
        settings.nginx['upstreams-file'] === 'off' ? undefined : settings.nginx['upstreams-file'],
      process: settings.nginx.process,
      reloadsPerMinute: settings.nginx['reloads-per-minute'],
    },
    control: settings.control,
    http: toHttpConfig(settings.http),
    drain: { hold: settings.drain.hold, stateFile: settings.drain['state-file'] },
    scheduling: toScheduling(settings.scheduling),
    log: settings.log,
  };
}

function toScheduling({ policy, priority, nice }: Settings['scheduling']): Config['scheduling'] {
  return policy === 'rr' ? { policy, priority } : { policy, nice };
}

function toDocker(settings: Settings['docker'], enabled: boolean): Config['docker'] {
  const { host, engine = {}, 'label-prefix': labelPrefix } = settings;
  const engines = Object.entries(engine)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, settings]) => toEngine(name, settings) ?? []);
  return { enabled, host, labelPrefix, engines };
}

function toEngine(
  name: string,
  settings: NonNullable<Settings['docker']['engine']>[string],
): EngineConfig | undefined {
  const { host, keep, 'tls-ca': ca, 'tls-cert': cert, 'tls-key': key } = settings;
  const { 'ssh-key': sshKey, 'ssh-fingerprint': fingerprint } = settings;
  const address = settings.address ?? addressIn(host);
  if (address === undefined) return undefined;
  const identity = cert === undefined || key === undefined ? undefined : { cert, key };
  return {
    name,
    host,
    address,
    keep,
    tls: ca === undefined ? undefined : { ca, identity },
    ssh: sshKey === undefined || fingerprint === undefined ? undefined : { key: sshKey, fingerprint },
  };
}

function toUpstreams(settings: NonNullable<Settings['upstream']>): Config['upstream'] {
  const upstreams = Object.entries(settings).flatMap(([text, { server = {}, ...options }]) => {
    const name = parseUpstreamName(text);
    const servers = Object.entries(server)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([its, { address, ...parameters }]) => ({ name: its, address, parameters }));
    const upstream: UpstreamConfig = { options, servers };
    return name.ok ? [[name.value, upstream] as const] : [];
  });
  return new Map(upstreams);
}

function toRouter(settings: Settings['vrrp'][string]): RouterConfig {
  const {
    'advert-interval': advertInterval,
    'excluded-vip': excludedVip = [],
    'preempt-delay': preemptDelay,
    'start-delay': startDelay,
    'sync-group': syncGroup,
    ...router
  } = settings;
  return {
    ...router,
    advertInterval,
    excludedVip,
    preemptDelay,
    startDelay,
    syncGroup,
    announce: toAnnounceConfig(router.announce),
    auth: toAuthConfig(router.auth),
    interface: router.interface,
    unicast: router.unicast && toUnicastConfig(router.unicast),
    vmac: toVmacConfig(router),
    source: router.source,
    track: router.track,
    version: router.version === '2' ? 2 : 3,
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
