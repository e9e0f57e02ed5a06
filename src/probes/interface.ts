/** The `interface` tracker: it passes while the interface is up and running, carrier included. Changes are noticed at once. */

import type { Outcome } from '../tracking/tracker.ts';
import { failed, type Notify, type Probe, passed } from './probe.ts';

export interface InterfaceLook {
  /** What the administrator asked for. */
  readonly up: boolean;
  /** What the kernel finds, carrier included. */
  readonly running: boolean;
}

/** What this probe needs of rtnetlink. */
export interface InterfaceSource {
  /** Undefined when there is no such interface. May reject with an OperatingError. */
  look(): Promise<InterfaceLook | undefined>;
  /** Calls back when a look may show something new; the result ends it. */
  onChange(listener: () => void): () => void;
}

export class InterfaceProbe implements Probe {
  readonly #name: string;
  readonly #source: InterfaceSource;

  constructor(name: string, source: InterfaceSource) {
    this.#name = name;
    this.#source = source;
  }

  async check(): Promise<Outcome> {
    const look = await this.#source.look();
    if (look === undefined) return failed(`there is no interface ${this.#name}`);
    if (!look.up) return failed(`${this.#name} is down`);
    return look.running ? passed(`${this.#name} is up and running`) : failed(`${this.#name} has no carrier`);
  }

  watch(notify: Notify): () => void {
    return this.#source.onChange(() => notify());
  }
}
