/** The command line with a terminal, an engine and a host of the test's own. */

import type { Config } from '../../src/app/config/config.ts';
import { runCli } from '../../src/cli/cli.ts';
import type { Dependencies, Io, Output, RunContext } from '../../src/cli/io.ts';
import { parseCidr } from '../../src/lib/ip-address.ts';

export interface World {
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array | string;
  /** Where the output goes, instead of into the outcome. */
  readonly stdout?: Output;
  readonly stderr?: Output;
  /** The wish to end. */
  readonly signal?: AbortSignal;
  readonly dependencies?: Partial<Dependencies>;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What the daemon was started with, if it was. */
  readonly started: { readonly config: Config; readonly context: RunContext } | undefined;
}

export const ETH0 = [
  { name: 'eth0', up: true, addresses: [parseCidr('198.18.51.2/24')].flatMap(cidr => cidr ?? []) },
];

/** A host with eth0 in 198.18.51.0/24 and all capabilities, and a proxy without labels. */
export async function locum(args: readonly string[], world: World = {}): Promise<Outcome> {
  let [out, err] = ['', ''];
  let started: Outcome['started'];
  const io: Io = {
    version: '9.8.7',
    // No test reads the machine's own configuration.
    environment: { ...world.environment },
    stdin: streamOf(world.stdin ?? ''),
    stdout: world.stdout ?? {
      write: text => {
        out += text;
      },
    },
    stderr: world.stderr ?? {
      write: text => {
        err += text;
      },
    },
    endSignal: () => world.signal ?? new AbortController().signal,
    outliveReaders: () => undefined,
  };
  const dependencies: Dependencies = {
    runDaemon: async (config, context) => {
      started = { config, context };
    },
    readProxy: async () => ({ proxy: { id: 'f00', name: 'web1', labels: {} }, problems: [] }),
    readNodes: async () => ({ nodes: [], problems: [] }),
    readHost: async () => ({
      interfaces: ETH0,
      capabilities: 0xffff_ffffn,
    }),
    lookAtFile: async () => ({
      kind: 'missing',
      readable: false,
      executable: false,
      readableByAll: false,
      writableByAll: false,
    }),
    tryScheduling: async () => undefined,
    examine: () => Promise.reject(new Error('nothing is examined here')),
    openCapture: () => Promise.reject(new Error('nothing is heard here')),
    nodeName: () => 'node-a',
    ...world.dependencies,
  };
  const code = await runCli(args, io, dependencies);
  return { code, out, err, started };
}

async function* streamOf(content: Uint8Array | string): AsyncGenerator<Uint8Array | string> {
  if (content.length > 0) yield content;
}

export const SMALLEST = { LOCUM_VRID: '51', LOCUM_VIP: '198.18.51.100/24' };
