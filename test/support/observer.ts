/** What a client on the LAN sees of the virtual address: each change, with its time. */

import { join } from 'node:path';
import type { Host } from './lan.ts';
import type { InsideProcess } from './namespace.ts';
import { BUILD } from './paths.ts';
import { waitFor } from './wait.ts';

export interface Sight {
  /** When it was seen, and when the request that saw it began: CLOCK_MONOTONIC in µs. */
  readonly atUs: number;
  readonly beganUs: number;
  /** The node that answered; or `!` and an error: `!ECONNREFUSED`, `!TIMEOUT`, `!503`. */
  readonly what: string;
  /** What was seen before, and how many times in a row. */
  readonly before?: string;
  readonly beforeCount: number;
}

/** What the program prints for a failure that tells nothing new. */
const LATE_FAILURE = '{"late":1}';

export const monotonicUs = (): number => Number(process.hrtime.bigint() / 1_000n);

export class Observer {
  readonly sights: Sight[] = [];
  /** Requests that failed after a later one was answered; the sights do not count them. */
  lateFailures = 0;
  #process: InsideProcess | undefined;

  static async start(
    host: Host,
    url: { readonly address: string; readonly port?: number },
    options: { readonly everyMs?: number; readonly onSight?: (sight: Sight) => void } = {},
  ): Promise<Observer> {
    const observer = new Observer();
    const program = join(BUILD, 'test', 'support', 'observer-main.js');
    const args = [program, url.address, String(url.port ?? 80), String(options.everyMs ?? 1)];
    observer.#process = await host.inside.spawn(process.execPath, args, {
      // An inspector or source maps in NODE_OPTIONS would only make it slower.
      env: { ...process.env, NODE_OPTIONS: '' },
      onLine: line => {
        if (line === LATE_FAILURE) observer.lateFailures += 1;
        const sight = parseSight(line);
        if (sight === undefined) return;
        observer.sights.push(sight);
        options.onSight?.(sight);
      },
    });
    return observer;
  }

  get latest(): Sight | undefined {
    return this.sights.at(-1);
  }

  /** The first answer of that node to a request begun at or after the time. */
  async answerOf(node: string, sinceUs: number, deadlineMs: number): Promise<Sight> {
    return waitFor(() => this.sights.find(sight => sight.what === node && sight.beganUs >= sinceUs), {
      what: `the client gets an answer of ${node}`,
      deadlineMs,
      everyMs: 2,
      context: () => this.sights.map(sight => JSON.stringify(sight)).join('\n'),
    });
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }
}

/** A line of the program; undefined when it is no sight. */
export function parseSight(line: string): Sight | undefined {
  if (line === LATE_FAILURE) return undefined;
  try {
    return JSON.parse(line) as Sight;
  } catch {
    return undefined;
  }
}
