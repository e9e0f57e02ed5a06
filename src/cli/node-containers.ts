/** The nodes of an engine as the command line names them, each with the layers that its daemon has: the labels of the proxy, the environment. */

import { loadConfig } from '../app/config/load.ts';
import type { Problem } from '../app/config/problems.ts';
import type { Setting } from '../app/config/settings.ts';
import type { EngineDaemon, EngineNode } from '../app/engine-nodes.ts';
import { locumNode, type NodeReading } from './node-models.ts';

/** Whether somebody means this node by that name: of the proxy or the sidecar, its service in the compose file, or its id. */
export function isCalled({ names }: EngineNode, name: string): boolean {
  return names.includes(name) || (/^[0-9a-f]{12,64}$/.test(name) && names.includes(name.slice(0, 12)));
}

/** What the daemon of the node would make of its labels and its environment. */
export function readNodeContainers({ proxy, daemon, problems }: EngineNode): NodeReading {
  const loaded = loadConfig({ file: undefined, proxy, environment: daemon?.environment ?? {} });
  const layers = [
    ...(proxy === undefined ? [] : [`labels of ${proxy.name}`]),
    ...(daemon === undefined ? [] : [`environment of ${daemon.name}`]),
  ];
  const settings = loaded.settings.map(setting => ofDaemon(setting, daemon));
  return {
    node: loaded.config && locumNode(loaded.config, settings, layers.join(', ')),
    problems: [...problems, ...loaded.problems.map(problem => ofDaemon(problem, daemon))],
  };
}

/** The environment is not the one of this process. */
function ofDaemon<T extends Setting | Problem>(from: T, daemon: EngineDaemon | undefined): T {
  if (daemon === undefined || !from.source.startsWith('environment ')) return from;
  return { ...from, source: `${from.source} of container ${daemon.name}` };
}
