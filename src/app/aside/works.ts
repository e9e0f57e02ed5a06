/**
 * What is done in a thread of its own, because it is heavy or waits in the kernel: hundreds of containers as JSON, and their garbage, take
 * an event loop tens of milliseconds; so does the start of a program, which holds its thread up until the new process has its own memory
 * (clone(2), CLONE_VFORK), and a scan of /proc waits for the locks of processes that come and go.
 */

import { connectDocker } from '../../docker/client.ts';
import type { ContainerReader, DockerEngine } from '../../docker/engine.ts';
import type { Connection } from '../../docker/host.ts';
import { runCommand } from '../../native/command.ts';
import { procfs } from '../../probes/procfs.ts';
import { testNginx } from '../nginx-test.ts';
import { type AskedEngine, readProxy } from '../proxy-reading.ts';

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
/** By what they were asked for with: a reload of the configuration finds the same ones. */
const engines = new Map<string, DockerEngine & ContainerReader>();

function engineAt({ host, connection }: EngineAt): DockerEngine & ContainerReader {
  const key = JSON.stringify([host, connection]);
  const known = engines.get(key) ?? connectDocker(host, connection);
  engines.set(key, known);
  return known;
}

/** Each takes plain data and gives plain data, which the structured clone copies. */
export const WORKS = {
  rest: async (_nothing: undefined): Promise<void> => undefined,
  list: (engine: EngineAt, { signal }: Order) => engineAt(engine).list(signal),
  /** Tells '' when the stream is open, then its text in pieces. */
  events: async (engine: EngineAt, { signal, tell }: Order): Promise<void> => {
    const stream = await engineAt(engine).events(signal);
    tell('');
    for await (const text of stream) tell(text);
  },
  inspect: ({ id, ...engine }: EngineAt & { readonly id: string }, { signal }: Order) =>
    engineAt(engine).inspect(id, signal),
  errors: (
    { id, since, ...engine }: EngineAt & { readonly id: string; readonly since: number },
    { signal }: Order,
  ) => engineAt(engine).errors(id, since, signal),
  proxy: (engine: AskedEngine) => readProxy(engine),
  run: (command: readonly string[], { signal }: Order) => runCommand(command, signal),
  processes: (name: string, { signal }: Order) => processes.named(name, signal),
  testNginx: (processName: string) => testNginx(processName, processes),
} as const;

export type Works = typeof WORKS;
export type WorkName = keyof Works;
