/**
 * The advertisements on the LAN as they pass, from a capture on the bridge: tcpdump gives each the kernel's time of the packet. A node
 * that is cut off is not heard here, as it is not heard by the others.
 */

import { BRIDGE, type Lan } from '../../support/lan.ts';
import type { InsideProcess } from '../../support/namespace.ts';
import { monotonicUs } from '../../support/observer.ts';
import { waitFor } from '../../support/wait.ts';

export interface Advert {
  /** CLOCK_MONOTONIC in µs. */
  readonly atUs: number;
  /** The sender's address. */
  readonly source: string;
  readonly priority: number;
}

/** How many advertisements are remembered; older ones go when {@link Wire.forget} is called. */
const REMEMBERED = 16;

export class Wire {
  readonly adverts: Advert[] = [];
  #tcpdump: InsideProcess | undefined;
  /** What to add to the capture's wall-clock times for monotonic ones. */
  #offsetUs = wallToMonotonicUs();

  static async start(lan: Lan): Promise<Wire> {
    const wire = new Wire();
    const live = ['-l', '--immediate-mode', '--relinquish-privileges=root', '-n', '-tt'];
    const tcpdump = await lan.bridge.spawn('tcpdump', [...live, '-i', BRIDGE, 'ip proto 112'], {
      onLine: line => {
        const advert = parseAdvert(line);
        if (advert !== undefined) wire.adverts.push({ ...advert, atUs: advert.atUs + wire.#offsetUs });
      },
    });
    wire.#tcpdump = tcpdump;
    await waitFor(() => tcpdump.output.includes('listening on') || !tcpdump.running, {
      what: 'tcpdump starts',
      deadlineMs: 10_000,
    });
    if (!tcpdump.running) throw new Error(`tcpdump: ${tcpdump.output}`);
    return wire;
  }

  get latest(): Advert | undefined {
    return this.adverts.at(-1);
  }

  /** The last advertisement of that address. */
  lastOf(source: string): Advert | undefined {
    return this.adverts.findLast(advert => advert.source === source);
  }

  /** The first advertisement of that address at or after the time. */
  firstOf(source: string, sinceUs: number): Advert | undefined {
    return this.adverts.find(advert => advert.source === source && advert.atUs >= sinceUs);
  }

  /** Drops what is old, and looks again how the two clocks lie: the wall clock is slewed and stepped. */
  forget(): void {
    this.adverts.splice(0, Math.max(0, this.adverts.length - REMEMBERED));
    this.#offsetUs = wallToMonotonicUs();
  }

  async stop(): Promise<void> {
    await this.#tcpdump?.stop();
  }
}

/** `1700000000.123456 IP 198.18.51.11 > 224.0.0.18: VRRPv3, Advertisement, vrid 51, prio 100, …`, `AH(…): ` before VRRP or not; wall-clock time. */
export function parseAdvert(line: string): Advert | undefined {
  const match =
    /^(\d+)\.(\d{6}) IP (\S+) > \S+ (?:AH\([^)]*\): )?VRRPv\d, Advertisement, vrid \d+, prio (\d+)/.exec(
      line,
    );
  if (match === null) return undefined;
  const [, whole, micros, source = '', priority] = match;
  return { atUs: Number(whole) * 1_000_000 + Number(micros), source, priority: Number(priority) };
}

const TRIES = 3;

/**
 * Node tells wall-clock time in ms only, so this waits for a new ms to begin, thrice: at most 3 ms. A try that was interrupted between
 * its two looks says too much, hence the least.
 */
function wallToMonotonicUs(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const began = Date.now();
    let wallMs = began;
    while (wallMs === began) wallMs = Date.now();
    least = Math.min(least, monotonicUs() - wallMs * 1_000);
  }
  return least;
}
