/** When addresses come to a test host and go: netlink's own notices, through `ip monitor`. */

import type { Host } from './lan.ts';
import type { InsideProcess } from './namespace.ts';
import { monotonicUs } from './observer.ts';

export interface AddressChange {
  /** When the notice was read: CLOCK_MONOTONIC in µs. */
  readonly atUs: number;
  /** With the prefix length. */
  readonly address: string;
  readonly present: boolean;
}

export class AddressMonitor {
  readonly changes: AddressChange[] = [];
  readonly #present = new Set<string>();
  #process: InsideProcess | undefined;

  /** Changes of presence only: the renewal of a lifetime is none. */
  static async start(host: Host, onChange?: (change: AddressChange) => void): Promise<AddressMonitor> {
    const monitor = new AddressMonitor();
    for (const address of await present(host)) monitor.#present.add(address);
    monitor.#process = await host.inside.spawn('ip', ['-oneline', '-4', 'monitor', 'address'], {
      onLine: line => {
        const change = monitor.#read(line);
        if (change === undefined) return;
        monitor.changes.push(change);
        onChange?.(change);
      },
    });
    return monitor;
  }

  /** Whether the host has the address now, as far as notices were read. */
  has(address: string): boolean {
    return this.#present.has(address);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** `2: eth0    inet 198.18.51.100/24 …`, with `Deleted` in front when it went. */
  #read(line: string): AddressChange | undefined {
    const address = /\binet (\S+)/.exec(line)?.[1];
    if (address === undefined) return undefined;
    const nowPresent = !line.startsWith('Deleted');
    if (this.#present.has(address) === nowPresent) return undefined;
    if (nowPresent) this.#present.add(address);
    else this.#present.delete(address);
    return { atUs: monotonicUs(), address, present: nowPresent };
  }
}

async function present(host: Host): Promise<string[]> {
  const text = await host.inside.run('ip', ['-oneline', '-4', 'address']);
  return [...text.matchAll(/\binet (\S+)/g)].map(match => match[1] ?? '');
}
