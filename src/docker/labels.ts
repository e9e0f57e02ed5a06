/**
 * The grammar of `locum.*` labels on a backend. Every value is validated here; nothing downstream sees the text of a label again, except
 * inside a message. Labels that configure Locum itself (on a proxy) are another grammar.
 */

import { inSeconds, parseDuration } from '../lib/time.ts';
import { parseUpstreamName, type UpstreamName } from '../lib/upstream-name.ts';

export const LABEL_PREFIX = 'locum.';

/** Our image carries `locum.role=sidecar`: the holder of a pod and the daemon. */
export const ROLE_LABEL = 'locum.role';
export const ROLE_SIDECAR = 'sidecar';
export const ENABLE_LABEL = 'locum.enable';

/** What a backend's labels ask for; undefined: not said. */
export interface BackendLabels {
  readonly enable: boolean | undefined;
  readonly upstream: UpstreamName | undefined;
  /** 1 to 65535. */
  readonly port: number | undefined;
  readonly network: string | undefined;
  /** 1 to 65535. */
  readonly weight: number | undefined;
  readonly backup: boolean | undefined;
  /** 0 (never) to 1,000,000. */
  readonly maxFails: number | undefined;
  /** 0 to 86,400. */
  readonly failTimeoutSeconds: number | undefined;
  /** 0 (no limit) to 1,000,000. */
  readonly maxConns: number | undefined;
}

export interface BackendReading {
  readonly settings: BackendLabels;
  /** Values that break their grammar: the container is left out with these reasons. */
  readonly problems: readonly string[];
  /** Unknown labels under the prefix. */
  readonly warnings: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

/** The grammar of a backend. */
export const BACKEND_LABELS: readonly string[] = [
  ENABLE_LABEL,
  'locum.upstream',
  'locum.port',
  'locum.network',
  'locum.weight',
  'locum.backup',
  'locum.max-fails',
  'locum.fail-timeout',
  'locum.max-conns',
];

/** Labels that may stand on a backend and are none of its grammar. */
const FOREIGN_LABELS: readonly string[] = [ROLE_LABEL];

/** The first segments of labels that configure Locum, short forms included; whoever carries one is a proxy. */
export const CONFIGURATION: readonly string[] = [
  'vrrp',
  'track',
  'notify',
  'docker',
  'nginx',
  'control',
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

export const isSidecar = (labels: Labels): boolean => labels[ROLE_LABEL] === ROLE_SIDECAR;

/** Whether the container asks to be an upstream's server. A proxy says `locum.enable=true` to be found, not to be a backend. */
export function isBackend(labels: Labels): boolean {
  if (isSidecar(labels)) return false;
  if (Object.hasOwn(labels, 'locum.upstream') || Object.hasOwn(labels, 'locum.port')) return true;
  return Object.hasOwn(labels, ENABLE_LABEL) && labels[ENABLE_LABEL] !== 'false' && !isProxy(labels);
}

/** Whether labels of the container configure Locum. */
export function isProxy(labels: Labels): boolean {
  return locumLabels(labels).some(key =>
    CONFIGURATION.includes(key.slice(LABEL_PREFIX.length).split('.')[0] ?? ''),
  );
}

/** Reads the labels of one container. `nearest` finds the name a misspelt one stands for. */
export function readBackendLabels(
  labels: Labels,
  nearest: (name: string, valid: readonly string[]) => string | undefined,
): BackendReading {
  const problems: string[] = [];
  const read = <T>(key: string, parse: (value: string) => T | undefined, want: string): T | undefined => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    const parsed = value === undefined ? undefined : parse(value.trim());
    if (value !== undefined && parsed === undefined) problems.push(`label ${key}=${clip(value)}: ${want}`);
    return parsed;
  };
  const settings: BackendLabels = {
    enable: read(ENABLE_LABEL, parseBoolean, BOOLEAN),
    upstream: read(
      'locum.upstream',
      parseName,
      'not the name of an upstream (a-z, 0-9, ".", "_", "-"; a letter in it)',
    ),
    port: read('locum.port', wholeNumber(1, 65_535), 'must be 1 to 65535'),
    network: read('locum.network', parseNetwork, 'not the name of a network'),
    weight: read('locum.weight', wholeNumber(1, 65_535), 'must be 1 to 65535'),
    backup: read('locum.backup', parseBoolean, BOOLEAN),
    maxFails: read('locum.max-fails', wholeNumber(0, 1_000_000), 'must be 0 to 1000000'),
    failTimeoutSeconds: read(
      'locum.fail-timeout',
      parseWholeSeconds,
      'must be whole seconds up to a day, such as 10s',
    ),
    maxConns: read('locum.max-conns', wholeNumber(0, 1_000_000), 'must be 0 to 1000000'),
  };
  return { settings, problems, warnings: unknownLabels(labels, nearest) };
}

const BOOLEAN = 'must be true or false';

function unknownLabels(
  labels: Labels,
  nearest: (name: string, valid: readonly string[]) => string | undefined,
): readonly string[] {
  const unknown = locumLabels(labels).filter(
    key => !BACKEND_LABELS.includes(key) && !FOREIGN_LABELS.includes(key),
  );
  return unknown.sort().map(key => {
    const meant = nearest(key, BACKEND_LABELS);
    return `unknown label ${clip(key)}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  });
}

const locumLabels = (labels: Labels): string[] =>
  Object.keys(labels).filter(key => key.startsWith(LABEL_PREFIX));

function parseBoolean(value: string): boolean | undefined {
  if (value === 'true') return true;
  return value === 'false' ? false : undefined;
}

function parseName(value: string): UpstreamName | undefined {
  const name = parseUpstreamName(value);
  return name.ok ? name.value : undefined;
}

/** Docker's own rule for names of networks. */
const parseNetwork = (value: string): string | undefined =>
  /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(value) ? value : undefined;

function wholeNumber(least: number, most: number): (value: string) => number | undefined {
  return value => {
    const number = /^\d{1,7}$/.test(value) ? Number(value) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  };
}

function parseWholeSeconds(value: string): number | undefined {
  const duration = parseDuration(value);
  const number = duration === undefined ? Number.NaN : inSeconds(duration);
  return Number.isInteger(number) && number <= 86_400 ? number : undefined;
}

/** A label as it may stand in a message: bounded, one line. */
const clip = (value: string): string => JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
