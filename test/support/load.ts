/** A load of requests from a host of the LAN, and what became of them. */

import { join } from 'node:path';
import type { Host } from './lan.ts';
import type { InsideProcess } from './namespace.ts';
import { BUILD } from './paths.ts';
import { waitFor } from './wait.ts';

/** A request that failed, was tried again on another connection, or took long. */
export interface Notable {
  /** `fresh`: on a connection of its own; `kept`: on one that is kept alive. */
  readonly kind: 'fresh' | 'kept';
  readonly tookMs: number;
  readonly retried: boolean;
  /** Undefined when it was answered in the end. */
  readonly error?: string;
}

export interface Totals {
  readonly requests: number;
  readonly fresh: number;
  readonly kept: number;
  readonly answered: number;
  readonly failed: number;
  readonly retried: number;
}

export interface LoadTarget {
  readonly address: string;
  readonly port?: number;
  readonly perSecond: number;
  /** From when on a request counts as one that waited. */
  readonly longMs: number;
}

export class Load {
  readonly notables: Notable[] = [];
  #totals: Totals | undefined;
  readonly #process: InsideProcess;

  private constructor(process: InsideProcess) {
    this.#process = process;
  }

  static async start(host: Host, { address, port = 80, perSecond, longMs }: LoadTarget): Promise<Load> {
    const program = join(BUILD, 'test', 'support', 'load-main.js');
    const args = [program, address, String(port), String(perSecond), String(longMs)];
    let load: Load | undefined;
    const early: string[] = [];
    const inside = await host.inside.spawn(process.execPath, args, {
      env: { ...process.env, NODE_OPTIONS: '' },
      onLine: line => {
        if (load === undefined) early.push(line);
        else load.#read(line);
      },
    });
    load = new Load(inside);
    for (const line of early) load.#read(line);
    return load;
  }

  /** Ends it. What is under way then is in none of the counts but that of the requests. */
  async stop(): Promise<Totals> {
    await this.#process.stop();
    return waitFor(() => this.#totals, {
      what: 'the totals',
      deadlineMs: 1_000,
      context: () => this.#process.output,
    });
  }

  #read(line: string): void {
    const said = JSON.parse(line) as Notable | { readonly totals: Totals };
    if ('totals' in said) this.#totals = said.totals;
    else this.notables.push(said);
  }
}
