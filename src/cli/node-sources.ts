/** The nodes that a command line names: files, containers of the engine, or all nodes of the engine. */

import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { readConfigFile } from '../app/config/file.ts';
import { dockerSettings } from '../app/config/load.ts';
import type { Problem } from '../app/config/problems.ts';
import type { EngineNode } from '../app/engine-nodes.ts';
import type { Dependencies, Io } from './io.ts';
import { isCalled, readNodeContainers } from './node-containers.ts';
import { readNodeFile, STANDARD_INPUT } from './node-files.ts';
import { type ImaginedNode, type NodeReading, renamed } from './node-models.ts';

export interface SourcesReading {
  readonly nodes: readonly ImaginedNode[];
  readonly problems: readonly Problem[];
}

/** A reading and the names that suit the node, the best first. */
interface Candidate extends NodeReading {
  readonly names: readonly string[];
}

/** What stands before the name of a container where others give a file. */
const CONTAINER = /^docker:(.*)$/;

/** `sources` are files and `docker:NAME`; without any, or with `all`, the nodes of the engine take part. */
export async function readSources(
  sources: readonly string[],
  all: boolean,
  io: Io,
  dependencies: Dependencies,
): Promise<SourcesReading> {
  const twice = await givenTwice(sources);
  if (twice !== undefined) return { nodes: [], problems: [twice] };
  const wanted = sources.flatMap(source => CONTAINER.exec(source)?.[1] ?? []);
  const whole = all || sources.length === 0;
  const engine = whole || wanted.length > 0 ? await askEngine(io, dependencies) : NO_ENGINE;
  if (engine.problems.length > 0) return { nodes: [], problems: engine.problems };
  const named = sources.map(source => readSource(source, engine, io));
  const found = whole ? engine.nodes.filter(node => !wanted.some(name => isCalled(node, name))) : [];
  const candidates = [...(await Promise.all(named)), ...found.map(ofContainers)];
  if (candidates.length === 0) return { nodes: [], problems: [noNodes(engine.host)] };
  return { nodes: withNames(candidates), problems: candidates.flatMap(({ problems }) => problems) };
}

async function readSource(source: string, engine: Engine, io: Io): Promise<Candidate> {
  const container = CONTAINER.exec(source)?.[1];
  if (container === undefined) {
    const name = source === STANDARD_INPUT ? 'stdin' : basename(source).replace(/\.(?:ya?ml|conf)$/i, '');
    return { ...(await readNodeFile(source, io.stdin)), names: [name] };
  }
  const found = engine.nodes.filter(node => isCalled(node, container));
  const [node] = found;
  if (node !== undefined && found.length === 1) return ofContainers(node);
  return { node: undefined, names: [], problems: [notFound(source, found, engine)] };
}

function ofContainers(node: EngineNode): Candidate {
  return { ...readNodeContainers(node), names: node.names };
}

interface Engine {
  readonly host: string;
  readonly nodes: readonly EngineNode[];
  readonly problems: readonly Problem[];
}

const NO_ENGINE: Engine = { host: '', nodes: [], problems: [] };

/** The engine that a daemon here would use. */
async function askEngine(io: Io, dependencies: Dependencies): Promise<Engine> {
  const file = await readConfigFile(undefined, io.environment);
  if (!file.ok) return { ...NO_ENGINE, problems: [file.error] };
  const docker = dockerSettings({ file: file.value, environment: io.environment });
  if (docker === undefined) return { ...NO_ENGINE, problems: [BAD_DOCKER] };
  return { host: docker.host, ...(await dependencies.readNodes(docker)) };
}

const BAD_DOCKER: Problem = {
  severity: 'error',
  path: 'docker',
  what: 'is not usable, so the engine cannot be asked',
  source: 'the configuration',
  fix: '`locum check` says what is wrong',
};

const COMMAND_LINE = 'the command line';

async function givenTwice(sources: readonly string[]): Promise<Problem | undefined> {
  const real = await Promise.all(
    sources.map(source => (CONTAINER.test(source) ? source : realpath(source).catch(() => resolve(source)))),
  );
  const twice = sources.find((_, index) => real.indexOf(real[index] ?? '') !== index);
  return twice === undefined
    ? undefined
    : refusal('file', `${twice} is given twice`, 'name the file or container of each node once');
}

function notFound(source: string, found: readonly EngineNode[], { host, nodes }: Engine): Problem {
  if (found.length > 1)
    return refusal('docker', `${source} means ${namesOf(found)}`, 'name one of these containers');
  const there = nodes.length === 0 ? 'there is none' : `there are ${namesOf(nodes)}`;
  return refusal('docker', `${source} is no node of ${host}; ${there}`, ENABLE_NODE);
}

function noNodes(host: string): Problem {
  return refusal('docker', `no container of ${host} is a Locum node`, ENABLE_NODE);
}

const ENABLE_NODE =
  'a node is a running sidecar, or an nginx container with labels such as locum.vrid; files are given by their paths';

/** The names of the containers themselves, which differ. */
function namesOf(nodes: readonly EngineNode[]): string {
  return nodes.map(({ proxy, daemon, names }) => proxy?.name ?? daemon?.name ?? names[0]).join(', ');
}

function refusal(path: string, what: string, fix: string): Problem {
  return { severity: 'error', path, what, source: COMMAND_LINE, fix };
}

const LONGEST_NAME = 12;

/** The nodes' own names where they are short and differ, else `node1`, `node2` in their order. */
function withNames(candidates: readonly Candidate[]): ImaginedNode[] {
  const usable = candidates.map(({ names }) =>
    names.find(name => /^[\w.-]+$/.test(name) && name.length <= LONGEST_NAME),
  );
  const distinct = !usable.includes(undefined) && new Set(usable).size === usable.length;
  return candidates.flatMap(({ node }, index) => {
    const own = distinct ? usable[index] : undefined;
    return node === undefined ? [] : [renamed(node, own ?? `node${index + 1}`)];
  });
}
