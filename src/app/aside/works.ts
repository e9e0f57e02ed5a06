/**
 * What is done in a process of its own, because it is heavy or waits in the kernel: hundreds of containers as JSON, and their garbage, take
 * an event loop tens of milliseconds; so does the start of a program, which holds up whoever starts it until the new process has its own memory
 * (clone(2), CLONE_VFORK), and a scan of /proc waits for the locks of processes that come and go.
 */

import type { ContainerReader, DockerEngine } from '../../docker/engine.ts';
import type { Connection } from '../../docker/host.ts';
import { runCommand } from '../../native/command.ts';
import { procfs } from '../../probes/procfs.ts';
import type { dockerSettings, loadConfig } from '../config/load.ts';
import { testNginx } from '../nginx-test.ts';
import type { AskedEngine } from '../proxy-reading.ts';

export interface EngineAt {
  readonly host: string;
  readonly connection: Connection;
}

export interface Order {
  readonly signal: AbortSignal;
  /** Tells a part of the result before its end. */
  readonly tell: (part: string) => void;
}

const processes = procfs();

type Engine = DockerEngine & ContainerReader;
/** By what they were asked for with: a reload of the configuration finds the same ones. */
const engines = new Map<string, Promise<Engine>>();

function engineAt({ host, connection }: EngineAt): Promise<Engine> {
  const key = JSON.stringify([host, connection]);
  const known = engines.get(key) ?? connect(host, connection);
  engines.set(key, known);
  return known;
}

/** The client's library takes a tenth of a second and 15 MB: not where no engine is used. */
async function connect(host: string, connection: Connection): Promise<Engine> {
  const { connectDocker } = await import('../../docker/client.ts');
  return connectDocker(host, connection);
}

/** As long as nobody reloads, nothing of it is in memory. */
const loader = () => import('../config/load.ts');

/** Each takes plain data and gives plain data, which the structured clone copies. */
export const WORKS = {
  rest: async (_nothing: undefined): Promise<void> => undefined,
  list: async (engine: EngineAt, { signal }: Order) => (await engineAt(engine)).list(signal),
  /** Tells '' when the stream is open, then its text in pieces. */
  events: async (engine: EngineAt, { signal, tell }: Order): Promise<void> => {
    const stream = await (await engineAt(engine)).events(signal);
    tell('');
    for await (const text of stream) tell(text);
  },
  inspect: async ({ id, ...engine }: EngineAt & { readonly id: string }, { signal }: Order) =>
    (await engineAt(engine)).inspect(id, signal),
  errors: async (
    { id, since, ...engine }: EngineAt & { readonly id: string; readonly since: number },
    { signal }: Order,
  ) => (await engineAt(engine)).errors(id, since, signal),
  proxy: async (engine: AskedEngine) => (await import('../proxy-reading.ts')).readProxy(engine),
  dockerSettings: async (sources: Parameters<typeof dockerSettings>[0]) =>
    (await loader()).dockerSettings(sources),
  loadConfig: async (sources: Parameters<typeof loadConfig>[0]) => (await loader()).loadConfig(sources),
  run: (command: readonly string[], { signal }: Order) => runCommand(command, signal),
  processes: (name: string, { signal }: Order) => processes.named(name, signal),
  testNginx: (processName: string) => testNginx(processName, processes),
} as const;

export type Works = typeof WORKS;
export type WorkName = keyof Works;
