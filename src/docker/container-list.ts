/**
 * From the answer of `GET /containers/json?all=1` (Docker Engine API) to the narrow snapshot. One call tells everything that Locum
 * reads, so one snapshot is one moment of the engine. An entry that cannot be read is dropped and counted, never a crash.
 */

import { type IpAddress, parseIpv4Address } from '../lib/ip-address.ts';
import { normalizeLabels } from './labels.ts';
import type {
  ContainerHealth,
  ContainerNetwork,
  ContainerSnapshot,
  ContainerState,
  DockerSnapshot,
} from './snapshot.ts';

/**
 * A snapshot, by name, with the labels of that prefix as Locum's; `malformed` counts the entries that could not be read. Undefined
 * when the answer is no list.
 */
export function readContainerList(
  answer: unknown,
  labelPrefix: string,
): { readonly snapshot: DockerSnapshot; readonly malformed: number } | undefined {
  if (!Array.isArray(answer)) return undefined;
  const containers = answer
    .map(entry => readContainer(entry, labelPrefix))
    .filter(entry => entry !== undefined);
  containers.sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
  return { snapshot: { labelPrefix, containers }, malformed: answer.length - containers.length };
}

function readContainer(entry: unknown, labelPrefix: string): ContainerSnapshot | undefined {
  const { Id: id, State: state, Status: status, Names: names, Labels: labels } = record(entry);
  if (typeof id !== 'string' || !/^[0-9a-f]{12,64}$/.test(id)) return undefined;
  return {
    id,
    name: readName(names) ?? id.slice(0, 12),
    labels: normalizeLabels(readLabels(labels), labelPrefix),
    state: readState(state),
    health: readHealth(record(entry)['Health'], status),
    networkMode: text(record(record(entry)['HostConfig'])['NetworkMode']),
    networks: readNetworks(record(record(entry)['NetworkSettings'])['Networks']),
    exposedPorts: readPorts(record(entry)['Ports']),
    published: readPublished(record(entry)['Ports']),
  };
}

/** A container has one name of its own, `/web1`; the others, `/other/alias`, come from links. */
function readName(names: unknown): string | undefined {
  const own = list(names).find(name => typeof name === 'string' && /^\/[^/]+$/.test(name));
  return typeof own === 'string' ? own.slice(1) : undefined;
}

function readLabels(labels: unknown): Readonly<Record<string, string>> {
  const pairs = Object.entries(record(labels)).filter(pair => typeof pair[1] === 'string');
  return Object.fromEntries(pairs as [string, string][]);
}

const STATES: readonly ContainerState[] = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
];

/** A state that only another engine knows (Podman's `configured`, `stopped`) is not running. */
function readState(state: unknown): ContainerState {
  return STATES.find(known => known === state) ?? 'exited';
}

/** API 1.52 lists the health as a field; before, it stands only in the status text: `Up 5 seconds (health: starting)`. */
function readHealth(field: unknown, status: unknown): ContainerHealth {
  const word = text(record(field)['Status']) || (/\((?:health: )?(\w+)\)\s*$/.exec(text(status))?.[1] ?? '');
  return word === 'starting' || word === 'healthy' || word === 'unhealthy' ? word : 'none';
}

function readNetworks(networks: unknown): readonly ContainerNetwork[] {
  return Object.entries(record(networks))
    .map(([name, endpoint]) => ({ name, address: readAddress(record(endpoint)['IPAddress']) }))
    .sort((a, b) => compare(a.name, b.name));
}

function readAddress(address: unknown): IpAddress | undefined {
  return parseIpv4Address(text(address));
}

function readPorts(ports: unknown): readonly number[] {
  const tcp = list(ports).flatMap(entry => {
    const { PrivatePort: port, Type: type } = record(entry);
    return typeof port === 'number' && Number.isInteger(port) && type === 'tcp' ? [port] : [];
  });
  return [...new Set(tcp)].sort((a, b) => a - b);
}

/** A port may be published several times, on IPv4 and on IPv6. */
function readPublished(ports: unknown): ContainerSnapshot['published'] {
  const found = list(ports).flatMap(entry => {
    const { PrivatePort: port, PublicPort: hostPort, IP: on, Type: type } = record(entry);
    if (type !== 'tcp' || !isPort(port) || !isPort(hostPort) || isElsewhere(text(on))) return [];
    return [{ port, hostPort }];
  });
  const unique = new Map(found.map(each => [`${each.port} ${each.hostPort}`, each]));
  return [...unique.values()].sort((a, b) => a.port - b.port || a.hostPort - b.hostPort);
}

const isPort = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);

/** Published where other hosts do not come, or on IPv6 alone. */
const isElsewhere = (on: string): boolean => on.startsWith('127.') || on.includes(':');

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
