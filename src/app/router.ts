/**
 * One configured virtual router at work. What its link, the trackers and an operator say is joined here into one effective
 * priority and at most one cause of fault, and told to the runner when it changes.
 */

import type { Standing } from '../drain/state.ts';
import { type IpAddress, parseIpAddress } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import { type Assessment, assess, type WeightedTracker } from '../tracking/priority.ts';
import type { Effect } from '../vrrp/state.ts';
import type { RouterConfig } from './config/config.ts';
import { parametersOf } from './parameters.ts';
import { RouterJournal } from './router-journal.ts';
import { CORE, type Core, createRouterRunner, type RouterRunner, type RunnerPorts } from './router-runner.ts';

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
  /** What decides; the simulator puts itself between. */
  readonly core?: Core;
}

const NO_ADDRESS = parseIpAddress('0.0.0.0') as IpAddress;

/** The lowest that a router can advertise without resigning (RFC 9568 §5.2.4): whoever may preempt, does. */
const YIELDING_PRIORITY = 1;

/** Why a router takes no part that an operator keeps away. */
export const DRAINED = 'drained by an operator';

export class WorkingRouter {
  readonly name: string;
  readonly config: RouterConfig;
  readonly journal: RouterJournal;
  readonly runner: RouterRunner;
  #footing: Footing = { fault: 'the interface was not looked at yet', primary: undefined };
  #assessment: Assessment;
  #standing: Standing = 'full';
  #fault: string | undefined;
  /** What the runner was told last; it may still be busy with what came before. */
  #told: { readonly primary: IpAddress; readonly priority: number };

  constructor({ name, config, ports, log, onStateChange, core = CORE }: RouterOptions) {
    this.name = name;
    this.config = config;
    this.journal = new RouterJournal(name, log, onStateChange);
    const parameters = parametersOf(config, NO_ADDRESS, config.priority);
    this.runner = createRouterRunner(parameters, { ...ports, events: this.journal }, core);
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

  get effectivePriority(): number {
    return this.#standing === 'yielding' ? YIELDING_PRIORITY : this.#assessment.effective;
  }

  get isMaster(): boolean {
    return this.runner.router.state.name === 'master';
  }

  get addresses(): readonly IpAddress[] {
    return this.config.vip.map(({ address }) => address);
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

  /** How far an operator lets this router take part from now on. */
  stand(standing: Standing): void {
    this.#standing = standing;
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
    if (this.#standing === 'away') return DRAINED;
    if (this.#footing.fault !== undefined) return this.#footing.fault;
    return this.#footing.primary === undefined ? 'the interface has no IPv4 address' : this.#assessment.fault;
  }

  /** A fault is told before a priority, its end after it: a master that must stop does not say first what it would be worth. */
  #update(): void {
    const fault = this.#causeOfFault();
    const before = this.#fault;
    this.#fault = fault;
    if (fault !== undefined && fault !== before) this.runner.tell({ type: 'fault', cause: fault });
    this.#retune();
    if (fault === undefined && before !== undefined) this.runner.tell({ type: 'faultCleared' });
  }

  #retune(): void {
    const primary = this.#footing.primary ?? this.#told.primary;
    const priority = this.effectivePriority;
    if (primary === this.#told.primary && priority === this.#told.priority) return;
    this.#told = { primary, priority };
    this.runner.tell({ type: 'parameters', parameters: parametersOf(this.config, primary, priority) });
  }
}
