/**
 * Which `locum.*` labels there are, and what a container is by those that it carries: Locum's own, a proxy, a backend. What the labels of a
 * backend say is read in backend-labels.ts; labels that configure Locum (on a proxy) are another grammar. Where another prefix is
 * configured, labels get this one as they are read from the engine, and the other again where people are told of them.
 */

import { OPTION_GRAMMAR, SERVER_GRAMMAR } from '../lib/upstream-grammar.ts';

export const DEFAULT_PREFIX = 'locum';
export const LABEL_PREFIX = `${DEFAULT_PREFIX}.`;

/** Our image carries `locum.role=sidecar`: the holder of a pod and the daemon. */
export const ROLE_LABEL = 'locum.role';
export const ROLE_SIDECAR = 'sidecar';
export const ENABLE_LABEL = 'locum.enable';
export const UPSTREAM_LABEL = 'locum.upstream';
export const PORT_LABEL = 'locum.port';
export const NETWORK_LABEL = 'locum.network';

export type Labels = Readonly<Record<string, string>>;

/**
 * Labels under the default prefix, of a container that has them under `prefix`. What stands under the default one is then somebody
 * else's, but for the role, which comes with our image.
 */
export function normalizeLabels(labels: Labels, prefix: string): Labels {
  if (prefix === DEFAULT_PREFIX) return labels;
  const own = `${prefix}.`;
  const entries = Object.entries(labels);
  const others = entries.filter(([label]) => label === ROLE_LABEL || !label.startsWith(LABEL_PREFIX));
  const ours = entries
    .filter(([label]) => label.startsWith(own))
    .map(([label, value]) => [LABEL_PREFIX + label.slice(own.length), value]);
  return Object.fromEntries([...ours, ...others]);
}

/** A label of the default prefix as it is written under `prefix`. */
export const writtenLabel = (label: string, prefix: string): string =>
  prefix + label.slice(DEFAULT_PREFIX.length);

/** What may be said of a container as a server: of every upstream it is in, or of one. */
export const SERVER_KEYS: readonly string[] = ['port', 'network', ...Object.keys(SERVER_GRAMMAR)];
export const OPTION_KEYS: readonly string[] = Object.keys(OPTION_GRAMMAR);

/** The grammar of a backend, without the labels about one upstream. */
export const BACKEND_LABELS: readonly string[] = [
  ENABLE_LABEL,
  UPSTREAM_LABEL,
  ...SERVER_KEYS.map(key => `${LABEL_PREFIX}${key}`),
];

/** A label about one upstream: `locum.upstream.api.port`. */
export interface UpstreamLabel {
  /** As it is written. */
  readonly upstream: string;
  readonly key: string;
}

export function parseUpstreamLabel(label: string): UpstreamLabel | undefined {
  const [, upstream, key] = /^locum\.upstream\.(.+)\.([^.]*)$/s.exec(label) ?? [];
  return upstream === undefined || key === undefined ? undefined : { upstream, key };
}

/** The first segments of labels that configure Locum, short forms included; whoever carries one is a proxy. */
export const CONFIGURATION: readonly string[] = [
  'vrrp',
  'track',
  'notify',
  'docker',
  'discovery',
  'nginx',
  'control',
  'http',
  'drain',
  'scheduling',
  'log',
  'vip',
  'excluded-vip',
  'vrid',
  'priority',
  'interface',
  'version',
  'advert-interval',
  'preempt',
  'preempt-delay',
  'start-delay',
  'sync-group',
  'announce',
  'unicast',
  'source',
  'checksum',
  'auth',
  'vmac',
  'timing',
];

export const locumLabels = (labels: Labels): string[] =>
  Object.keys(labels).filter(key => key.startsWith(LABEL_PREFIX));

export const isSidecar = (labels: Labels): boolean => labels[ROLE_LABEL] === ROLE_SIDECAR;

/** Whether the container asks to be an upstream's server. A proxy says `locum.enable=true` to be found, not to be a backend. */
export function isBackend(labels: Labels): boolean {
  if (isSidecar(labels)) return false;
  if (locumLabels(labels).some(asksToServe)) return true;
  return Object.hasOwn(labels, ENABLE_LABEL) && labels[ENABLE_LABEL] !== 'false' && !isProxy(labels);
}

/** An upstream's options may stand on the proxy: they ask for nothing. */
function asksToServe(label: string): boolean {
  if (label === UPSTREAM_LABEL || label === PORT_LABEL) return true;
  return SERVER_KEYS.includes(parseUpstreamLabel(label)?.key ?? '');
}

/** Whether labels of the container configure Locum. */
export function isProxy(labels: Labels): boolean {
  return locumLabels(labels).some(key =>
    CONFIGURATION.includes(key.slice(LABEL_PREFIX.length).split('.')[0] ?? ''),
  );
}
