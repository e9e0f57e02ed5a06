#!/usr/bin/env -S UV_THREADPOOL_SIZE=16 node --single-threaded-gc --max-semi-space-size=1 --no-memory-reducer
/**
 * The entry: hands argv, environment, streams and signals to the CLI, and the parts that touch the world when they are needed.
 *
 * What stands in the first line cannot be changed once Node runs. With helper threads a collection waits for the
 * slowest of them, and on a loaded machine that is when the kernel gets to it: adverts would wait too (src/README.md has figures).
 * So they would for one that V8 makes of its own accord to give memory back.
 * Addresses are taken and released from libuv's pool, and with four threads a few reads from a disk that hangs would keep them waiting.
 */

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { runCli } from './cli/cli.ts';
import type { Dependencies, Io } from './cli/io.ts';

/** Beside `dist`, in the checkout as in the installed package. */
const PACKAGE_FILE = new URL('../../package.json', import.meta.url);

/** Loaded late: a health check runs every few seconds and needs no native code. */
const dependencies: Dependencies = {
  runDaemon: async (config, context) => (await import('./app/daemon.ts')).runDaemon(config, context),
  readProxy: async docker => (await import('./app/aside/proxy.ts')).readProxyAside(docker),
  readNodes: async docker => (await import('./app/engine-nodes.ts')).readNodes(docker),
  readHost: async () => (await import('./app/survey.ts')).readHost(),
  lookAtFile: async path => (await import('./app/survey.ts')).lookAtFile(path),
  tryScheduling: async wish => (await import('./app/scheduling.ts')).tryScheduling(wish),
  examine: async options => (await import('./app/doctor/examine.ts')).examine(options),
  openCapture: async options => (await import('./app/capture.ts')).openCapture(options),
  nodeName: hostname,
};

let needsReaders = true;

const io: Io = {
  version: String((JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: unknown }).version),
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  endSignal,
  outliveReaders: () => {
    needsReaders = false;
  },
};

/** The first SIGTERM or SIGINT asks for an orderly end, the second ends at once. */
function endSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort(name);
    });
  return controller.signal;
}

// `locum decode … | head` closes the pipe early, which is no failure. A daemon drops what cannot be written.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (needsReaders) process.exit(error.code === 'EPIPE' ? 0 : 1);
  });

const code = await runCli(process.argv.slice(2), io, dependencies);
// A pipe takes 64 KiB at a time: leaving at once would lose what is not written yet.
process.stdout.write('', () => process.exit(code));
