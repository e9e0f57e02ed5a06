/**
 * Holds new connections off by the kernel's packet filter, through the program nft(8), which somebody else runs. It touches one table of
 * its own and knows nothing of what else is filtered here.
 */

import { messageOf, OperatingError } from '../lib/errors.ts';
import type { IpAddress } from '../lib/ip-address.ts';
import { OneAtATime } from '../lib/one-at-a-time.ts';
import type { Duration } from '../lib/time.ts';
import { holdCommands, letInCommands, tableName } from './nftables.ts';

/** Runs a program to its end, without a shell; aborting kills it. Rejects when it cannot be started. */
export type RunProgram = (
  command: readonly string[],
  signal: AbortSignal,
) => Promise<{
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  /** Of its output, errors before the rest. */
  readonly firstLine: string;
}>;

const TIMEOUT_MS = 1_000;

/** Operations take effect in the order of the calls. Each result is why it did not work, undefined when it did, within two seconds. */
export class PacketFilter {
  readonly #table: string;
  readonly #run: RunProgram;
  readonly #operations = new OneAtATime();

  /** `first`: the first of this node's virtual addresses, which names the table. */
  constructor(first: IpAddress, run: RunProgram) {
    this.#table = tableName(first);
    this.#run = run;
  }

  /** From the answer on, and until the lease ends, no new connection to the addresses begins. */
  holdOff(addresses: readonly IpAddress[], lease: Duration): Promise<string | undefined> {
    return this.#nft(holdCommands(this.#table, addresses, lease));
  }

  /** Ends it. */
  letIn(): Promise<string | undefined> {
    return this.#nft(letInCommands(this.#table));
  }

  #nft(commands: string): Promise<string | undefined> {
    return this.#operations.run(() => this.#attempt(commands));
  }

  async #attempt(commands: string): Promise<string | undefined> {
    try {
      const { exitCode, firstLine } = await this.#run(['nft', commands], AbortSignal.timeout(TIMEOUT_MS));
      if (exitCode === 0) return undefined;
      if (exitCode === undefined) return `nft did not end within ${TIMEOUT_MS} ms`;
      const advice = /not permitted/.test(firstLine) ? '; it needs the capability NET_ADMIN' : '';
      return `nft: exit code ${exitCode}: ${firstLine}${advice}`;
    } catch (thrown) {
      const missing = thrown instanceof OperatingError && thrown.code === 'ENOENT';
      return missing ? 'the program nft is not here; install the package nftables' : messageOf(thrown);
    }
  }
}
