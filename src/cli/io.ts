/** What the command line is given instead of reaching for it: so that a test can be the terminal, the engine and the host. */

import type { Rereading } from '../app/aside/rereading.ts';
import type { Capture, CaptureOptions } from '../app/capture.ts';
import type { FileLook } from '../app/config/check-program.ts';
import type { Config } from '../app/config/config.ts';
import type { ExamineOptions } from '../app/doctor/examine.ts';
import type { NodesReading } from '../app/engine-nodes.ts';
import type { ProxyContainer, ProxyReading } from '../app/proxy-reading.ts';
import type { Recording } from '../app/recording.ts';
import type { Reading } from '../app/reloader.ts';
import type { HostReading } from '../app/survey.ts';
import type { Facts } from '../doctor/diagnose.ts';
import type { Logger } from '../lib/logger.ts';

export interface Output {
  write(text: string): unknown;
  /** Somebody looks at it: a terminal. */
  readonly isTTY?: boolean | undefined;
  /** The size of the terminal now, and word of a change. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** The process around a command. */
export interface Io {
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** From the call on, a wish to end the process aborts this signal instead of ending it. */
  endSignal(): AbortSignal;
  /** From the call on, the process goes on when nobody reads its output any more. */
  outliveReaders(): void;
}

export interface RunContext {
  readonly log: Logger;
  readonly version: string;
  readonly nodeName: string;
  /** Ends the daemon in good order. */
  readonly signal: AbortSignal;
  /** Undefined when Docker is not used, or no proxy was found. */
  readonly proxy: ProxyContainer | undefined;
  /** Reads the configuration again, for a daemon that runs. */
  readonly reread: (by: Rereading) => Promise<Reading>;
  /** Takes down the inputs of the virtual routers. */
  readonly recording?: Recording;
}

/** The parts of Locum that touch the world. */
export interface Dependencies {
  /** Runs until the signal; rejects when the daemon cannot go on. */
  runDaemon(config: Config, context: RunContext): Promise<void>;
  /** Looks for the proxy through the engine; an engine that cannot be asked is a problem. */
  readProxy(docker: Config['docker']): Promise<ProxyReading>;
  /** Every node that lives on the engine. */
  readNodes(docker: Config['docker']): Promise<NodesReading>;
  readHost(): Promise<HostReading>;
  lookAtFile(path: string): Promise<FileLook>;
  /** Why the kernel refuses that scheduling to this process; undefined when it agrees. */
  tryScheduling(wish: Config['scheduling']): Promise<string | undefined>;
  /** Looks at everything that the daemon would need, and waits to hear the link. */
  examine(options: ExamineOptions): Promise<Facts>;
  /** Hears the VRRP of an interface; rejects when it cannot. */
  openCapture(options: CaptureOptions): Promise<Capture>;
  nodeName(): string;
}

/** How a command ended. */
export const EXIT = {
  done: 0,
  /** Something failed while working. */
  failed: 1,
  /** Bad input: nothing was touched. */
  refused: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
