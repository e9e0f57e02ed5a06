/** The nodes that live on an engine, seen from outside: the labels of each proxy, and the environment of the daemon beside it. Only looks. */

import { connectDocker } from '../docker/client.ts';
import type { ContainerDetails } from '../docker/container-details.ts';
import type { ContainerReader } from '../docker/engine.ts';
import { DEFAULT_PREFIX, isProxy } from '../docker/labels.ts';
import { type NodeContainers, nodesOf } from '../docker/nodes.ts';
import type { ContainerSnapshot } from '../docker/snapshot.ts';
import { messageOf } from '../lib/errors.ts';
import type { Config } from './config/config.ts';
import { DEFAULT_FILE } from './config/file.ts';
import type { Problem } from './config/problems.ts';
import { ENGINE_TIMEOUT_MS, noEngine, notFound } from './engine-problems.ts';
import type { ProxyContainer } from './proxy-reading.ts';

/** A node as far as an engine can tell: what else its daemon reads, a file, lies within a container. */
export interface EngineNode {
  /** Every name by which somebody may know it, the shortest first. */
  readonly names: readonly string[];
  /** Undefined when it cannot be told, so that the daemon has no labels either. */
  readonly proxy: ProxyContainer | undefined;
  readonly daemon: EngineDaemon | undefined;
  /** What is not known, and so not in the settings. */
  readonly problems: readonly Problem[];
}

export interface EngineDaemon {
  readonly name: string;
  /** Its variables that begin with `LOCUM_`. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface NodesReading {
  readonly nodes: readonly EngineNode[];
  /** Why there are none, when the engine cannot be asked. */
  readonly problems: readonly Problem[];
}

const ENGINE_FIX =
  "run it where the engine's socket is, or name the socket in LOCUM_DOCKER__HOST; or give the nodes' files";

/** Far more than anybody compares; each costs a call or two. */
const MOST_NODES = 64;

type Asked = Pick<Config['docker'], 'host' | 'labelPrefix'>;

/** The nodes in the order of their containers' names. */
export async function readNodes({ host, labelPrefix }: Asked): Promise<NodesReading> {
  try {
    const engine = connectDocker(host, { labelPrefix });
    const signal = AbortSignal.timeout(ENGINE_TIMEOUT_MS);
    const found = nodesOf(await engine.list(signal)).slice(0, MOST_NODES);
    const asked = { host, labelPrefix };
    const nodes = await Promise.all(found.map(containers => readNode(containers, asked, engine, signal)));
    return { nodes: nodes.flatMap(node => node ?? []), problems: [] };
  } catch (thrown) {
    return { nodes: [], problems: [noEngine(host, messageOf(thrown), ENGINE_FIX)] };
  }
}

/** Undefined for containers of Locum's image that are no node: one that only runs a command, a holder alone. */
async function readNode(
  { proxy, sidecars }: NodeContainers,
  asked: Asked,
  engine: ContainerReader,
  signal: AbortSignal,
): Promise<EngineNode | undefined> {
  const running = await Promise.all(
    sidecars.map(async sidecar => ({ sidecar, details: await engine.inspect(sidecar.id, signal) })),
  );
  const found = running.find(({ details }) => isDaemon(details));
  const container = proxy.ok ? proxy.value : undefined;
  if (found === undefined && (container === undefined || !isProxy(container.labels))) return undefined;
  const { host } = asked;
  const strange = found === undefined ? [] : otherPrefix(found, asked);
  return {
    names: [container, found?.sidecar].flatMap(each => (each === undefined ? [] : namesOf(each))),
    proxy: strange.length === 0 ? container : undefined,
    daemon: found && { name: found.sidecar.name, environment: found.details.environment },
    problems: [
      ...strange,
      ...(proxy.ok ? [] : [noProxy(found?.sidecar.name ?? '', host, proxy.error)]),
      ...(found === undefined ? [noDaemon(container?.name ?? '', host)] : hiddenFiles(found)),
    ],
  };
}

/** A holder of the same image sleeps. */
const isDaemon = ({ command }: ContainerDetails): boolean => command.includes('run');

/** The name in the compose file is the one that its author knows. */
function namesOf({ name, labels, id }: ContainerSnapshot): string[] {
  const service = labels['com.docker.compose.service'];
  return [...(service === undefined ? [] : [service]), name, id.slice(0, 12)];
}

interface Found {
  readonly sidecar: ContainerSnapshot;
  readonly details: ContainerDetails;
}

/** The files that the daemon reads, as far as its command, its environment or a mount gives them away. */
function hiddenFiles({ sidecar, details: { command, environment, mounts } }: Found): Problem[] {
  const folder = DEFAULT_FILE.replace(/\/[^/]*$/, '');
  const own =
    optionOf(command, '--config') ??
    environment['LOCUM_CONFIG'] ??
    mounts.find(path => path === DEFAULT_FILE || path === folder);
  const files = [own, optionOf(command, '--keepalived-conf')].flatMap(file => file ?? []);
  return files.map(file => ({
    severity: 'warning',
    path: 'file',
    what: `${sidecar.name} reads ${file}, which cannot be seen from outside: what it sets is missing here`,
    source: `container ${sidecar.name}`,
    fix: 'give the file itself to `locum explain` instead of the container',
  }));
}

/** What an option is given, in the next word or behind `=`; the last one counts. */
function optionOf(command: readonly string[], option: string): string | undefined {
  const values = command.flatMap((word, i) => {
    if (word === option) return command[i + 1] ?? [];
    return word.startsWith(`${option}=`) ? word.slice(option.length + 1) : [];
  });
  return values.at(-1);
}

/** Its daemon reads labels of another prefix than they were asked for with. */
function otherPrefix({ sidecar, details: { environment } }: Found, { host, labelPrefix }: Asked): Problem[] {
  const its = environment[PREFIX_VARIABLE] ?? DEFAULT_PREFIX;
  if (its === labelPrefix) return [];
  return [
    notFound(
      host,
      `${sidecar.name} reads labels that begin with ${its}, and here docker.label-prefix is ${labelPrefix}: no labels of its proxy count`,
      `set ${PREFIX_VARIABLE}=${its} for this command`,
    ),
  ];
}

const PREFIX_VARIABLE = 'LOCUM_DOCKER__LABEL_PREFIX';

function noProxy(daemon: string, host: string, why: string): Problem {
  return notFound(
    host,
    `the proxy of ${daemon} was not found, so no labels of it count: ${why}`,
    'start the proxy in the network namespace of the sidecar',
  );
}

function noDaemon(proxy: string, host: string): Problem {
  return notFound(
    host,
    `no sidecar is beside ${proxy}: what its environment sets is missing here, and nothing runs that could fail over`,
    'start the sidecar in the network namespace of the proxy',
  );
}
