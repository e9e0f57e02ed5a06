/**
 * The switch's ports, to be cut without a sign: a disabled bridge port drops everything both ways and keeps its carrier, so that the
 * node goes on as if it were alone. One bridge(8) stays and reads commands: one takes effect within a millisecond.
 */

import { type Host, type Lan, portOf } from '../../support/lan.ts';
import type { InsideProcess } from '../../support/namespace.ts';

/** The kernel's numbers (linux/if_bridge.h). */
const STATES = { disabled: 0, forwarding: 3 } as const;

export class Ports {
  readonly #bridge: InsideProcess;

  private constructor(bridge: InsideProcess) {
    this.#bridge = bridge;
  }

  static async start(lan: Lan): Promise<Ports> {
    return new Ports(await lan.bridge.spawn('bridge', ['-batch', '-'], { stdin: true }));
  }

  set(host: Host, state: keyof typeof STATES): void {
    if (!this.#bridge.running) throw new Error(`bridge: ${this.#bridge.output}`);
    this.#bridge.write(`link set dev ${portOf(host)} state ${STATES[state]}`);
  }
}
