/**
 * One configured virtual router at work. What its link and the trackers say is joined here into one effective priority
 * and at most one cause of fault, and told to the runner when it changes.
 */

import { type IpAddress, parseIpAddress } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import { type Assessment, assess, type WeightedTracker } from '../tracking/priority.ts';
import type { Effect } from '../vrrp/state.ts';
import type { RouterConfig } from './config/config.ts';
import { parametersOf } from './parameters.ts';
import { RouterJournal } from './router-journal.ts';
import { createRouterRunner, type RouterRunner, type RunnerPorts } from './router-runner.ts';

/** What a router stands on: its interface, as far as it cares. */
export interface Footing {
  /** Undefined when the interface can be used; otherwise why not. */
  readonly fault: string | undefined;
  /** The source of our advertisements; undefined while the interface has no address. */
  readonly primary: IpAddress | undefined;
}

export type StateChange = Extract<Effect, { type: 'stateChanged' }>;

export interface RouterOptions {
  readonly name: string;
  readonly config: RouterConfig;
  readonly ports: Omit<RunnerPorts, 'events'>;
  readonly log: Logger;
  readonly onStateChange: (change: StateChange) => void;
}

const NO_ADDRESS = parseIpAddress('0.0.0.0') as IpAddress;

export class WorkingRouter {
  readonly name: string;
  readonly config: RouterConfig;
  readonly journal: RouterJournal;
  readonly runner: RouterRunner;
  #footing: Footing = { fault: 'the interface was not looked at yet', primary: undefined };
  #assessment: Assessment;
  #fault: string | undefined;
  /** What the runner was told last; it may still be busy with what came before. */
  #told: { readonly primary: IpAddress; readonly priority: number };

  constructor({ name, config, ports, log, onStateChange }: RouterOptions) {
    this.name = name;
    this.config = config;
    this.journal = new RouterJournal(name, log, onStateChange);
    this.runner = createRouterRunner(parametersOf(config, NO_ADDRESS, config.priority), {
      ...ports,
      events: this.journal,
    });
    this.#assessment = assess(config.priority, []);
    this.#told = { primary: NO_ADDRESS, priority: config.priority };
  }

  get vrid(): number {
    return this.config.vrid;
  }

  receive(packet: Uint8Array): void {
    this.runner.receive(packet);
  }

  get assessment(): Assessment {
    return this.#assessment;
  }

  /** Begins to take part; the link and the trackers should have been told before. */
  start(): void {
    this.#fault = this.#causeOfFault();
    this.runner.tell({ type: 'startup', fault: this.#fault });
  }

  footingChanged(footing: Footing): void {
    this.#footing = footing;
    this.#update();
  }

  trackersChanged(trackers: readonly WeightedTracker[]): void {
    this.#assessment = assess(this.config.priority, trackers);
    this.#update();
  }

  /** An address of the interface vanished from the kernel. */
  addressRemoved(address: IpAddress): void {
    if (this.config.vip.some(vip => vip.address === address)) this.runner.tell({ type: 'addressLost' });
  }

  /** Gives the addresses back and calls back when that is done. */
  stop(done: () => void): void {
    this.runner.tell({ type: 'shutdown' });
    this.runner.whenIdle(done);
  }

  #causeOfFault(): string | undefined {
    if (this.#footing.fault !== undefined) return this.#footing.fault;
    return this.#footing.primary === undefined ? 'the interface has no IPv4 address' : this.#assessment.fault;
  }

  #update(): void {
    const primary = this.#footing.primary ?? this.#told.primary;
    const priority = this.#assessment.effective;
    if (primary !== this.#told.primary || priority !== this.#told.priority) {
      this.#told = { primary, priority };
      this.runner.tell({ type: 'parameters', parameters: parametersOf(this.config, primary, priority) });
    }
    const fault = this.#causeOfFault();
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.runner.tell(fault === undefined ? { type: 'faultCleared' } : { type: 'fault', cause: fault });
  }
}
