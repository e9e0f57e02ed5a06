/**
 * One configured virtual router at work. What its link, the trackers and an operator say is joined here into one effective
 * priority and at most one cause of fault, and told to the runner when it changes.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Standing } from '../drain/state.ts';
import type { Clock } from '../lib/clock.ts';
import type { IpAddress } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import { after, type Instant } from '../lib/time.ts';
import { type Assessment, assess, type WeightedTracker } from '../tracking/priority.ts';
import type { Effect, Router } from '../vrrp/state.ts';
import { heldBy, type RouterConfig } from './config/config.ts';
import type { Footing } from './footing.ts';
import { parametersOf, type Standpoint, standpointOf } from './parameters.ts';
import { RouterJournal } from './router-journal.ts';
import { CORE, type Core, createRouterRunner, type RouterRunner, type RunnerPorts } from './router-runner.ts';

export type StateChange = Extract<Effect, { type: 'stateChanged' }>;

export interface RouterOptions {
  readonly name: string;
  readonly config: RouterConfig;
  readonly ports: Omit<RunnerPorts, 'events' | 'onStep'>;
  readonly log: Logger;
  readonly onStateChange: (change: StateChange) => void;
  /** What decides; the simulator puts itself between. */
  readonly core?: Core;
}

/** What a router moves together with. */
export interface Company {
  /** Judges anew where all stand; called after every step, and when something else stands against this router, or no longer. */
  settle(): void;
}

/** The lowest that a router can advertise without resigning (RFC 9568 §5.2.4): whoever may preempt, does. */
const YIELDING_PRIORITY = 1;

/** Why a router takes no part that an operator keeps away. */
export const DRAINED = 'drained by an operator';

export class WorkingRouter {
  readonly name: string;
  readonly journal: RouterJournal;
  readonly runner: RouterRunner;
  #config: RouterConfig;
  #trackers: readonly WeightedTracker[] = [];
  #footing: Footing = { fault: 'the interface was not looked at yet', primary: undefined, peers: [] };
  #assessment: Assessment;
  #standing: Standing = 'full';
  #fault: string | undefined;
  readonly #clock: Clock;
  #company: Company | undefined;
  /** What stands against another that it moves together with. */
  #companyFault: string | undefined;
  #place: string | undefined;
  #startsAt: Instant | undefined;
  #callOffStart: () => void = () => undefined;
  /** What the runner was told last; it may still be busy with what came before. */
  #told: { readonly config: RouterConfig; readonly standpoint: Standpoint; readonly priority: number };

  constructor({ name, config, ports, log, onStateChange, core = CORE }: RouterOptions) {
    this.name = name;
    this.#config = config;
    this.journal = new RouterJournal(name, log, onStateChange);
    const standpoint = standpointOf(config);
    const parameters = parametersOf(config, standpoint, config.priority);
    const onStep = () => this.#stepped();
    this.runner = createRouterRunner(parameters, { ...ports, events: this.journal, onStep }, core);
    this.#clock = ports.clock;
    this.#assessment = assess(config.priority, []);
    this.#told = { config, standpoint, priority: config.priority };
  }

  get config(): RouterConfig {
    return this.#config;
  }

  get vrid(): number {
    return this.config.vrid;
  }

  /** Until the interface was read nobody can say whether a packet is for an address of ours. */
  receive(packet: Uint8Array): void {
    const { unicast, primaryAddress } = this.runner.router.parameters;
    if (unicast !== undefined && primaryAddress === standpointOf(this.config).primary) return;
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
    return heldBy(this.config).map(({ address }) => address);
  }

  /** When it begins to take part, while it waits for that. */
  get startsAt(): Instant | undefined {
    return this.#startsAt;
  }

  /** What stands against it as it is now; undefined when nothing does, or only something that stands against its company. */
  get ownFault(): string | undefined {
    const cause = this.#causeOfFault();
    if (cause !== undefined) return cause;
    const { state } = this.runner.router;
    if (state.name !== 'fault' || state.retryAt === undefined) return undefined;
    return 'what a master must do failed a moment ago';
  }

  /** Moves together with others from now on, or (undefined) with nobody. */
  accompany(company: Company | undefined): void {
    this.#company = company;
    if (company === undefined) this.companyFault(undefined);
  }

  /**
   * Goes on in its state under another configuration of the same VRID, version and place; takes effect with the next footing. A master then
   * holds and announces the addresses that it has now, and lets the others go.
   */
  adjust(config: RouterConfig, trackers: readonly WeightedTracker[]): void {
    this.#config = config;
    this.#trackers = trackers;
    this.#assess();
  }

  /** Begins to take part, after its delay; the link and the trackers should have been told before. */
  start(): void {
    const { startDelay } = this.config;
    if (startDelay === 0) {
      this.#begin();
      return;
    }
    this.#startsAt = after(this.#clock.now(), startDelay);
    this.#callOffStart = this.#clock.after(startDelay, () => {
      this.#startsAt = undefined;
      this.#begin();
    });
  }

  #begin(): void {
    this.#fault = this.#causeOfFault() ?? this.#companyFault;
    this.runner.tell({ type: 'startup', fault: this.#fault });
  }

  footingChanged(footing: Footing): void {
    this.#footing = footing;
    this.#update();
  }

  trackersChanged(trackers: readonly WeightedTracker[]): void {
    this.#trackers = trackers;
    this.#assess();
    this.#update();
  }

  #assess(): void {
    const { priority, track } = this.#config;
    const followed = this.#trackers.filter(({ name }) => track === undefined || track.includes(name));
    this.#assessment = assess(priority, followed);
  }

  /** How far an operator lets this router take part from now on. */
  stand(standing: Standing): void {
    this.#standing = standing;
    this.#update();
  }

  /** Something stands against another that it moves together with, or (undefined) nothing does any more. */
  companyFault(cause: string | undefined): void {
    if (cause === this.#companyFault) return;
    this.#companyFault = cause;
    this.#update();
  }

  /** An address of the interface vanished from the kernel. */
  addressRemoved(address: IpAddress): void {
    if (this.addresses.includes(address)) this.runner.tell({ type: 'addressLost' });
  }

  /** Gives the addresses back and calls back when that is done. */
  stop(done: () => void): void {
    this.#callOffStart();
    this.#startsAt = undefined;
    this.runner.tell({ type: 'shutdown' });
    this.runner.whenIdle(done);
  }

  /** Most steps are those of timers and adverts, and lead nowhere new. */
  #stepped(): void {
    const place = placeOf(this.runner.router);
    if (place === this.#place) return;
    this.#place = place;
    this.#company?.settle();
  }

  #causeOfFault(): string | undefined {
    if (this.#standing === 'away') return DRAINED;
    return this.#footing.fault ?? this.#assessment.fault;
  }

  /** A fault is told before a priority, its end after it: a master that must stop does not say first what it would be worth. */
  #update(): void {
    const fault = this.#causeOfFault() ?? this.#companyFault;
    const before = this.#fault;
    this.#fault = fault;
    if (fault !== undefined && fault !== before) this.runner.tell({ type: 'fault', cause: fault });
    this.#retune();
    if (fault === undefined && before !== undefined) this.runner.tell({ type: 'faultCleared' });
    this.#company?.settle();
  }

  #retune(): void {
    const { primary, peers } = this.#footing;
    const told = {
      config: this.#config,
      standpoint: primary === undefined ? this.#told.standpoint : { primary, peers },
      priority: this.effectivePriority,
    };
    if (isDeepStrictEqual(told, this.#told)) return;
    const held = heldBy(this.#told.config);
    this.#told = told;
    const parameters = parametersOf(this.#config, told.standpoint, told.priority);
    this.runner.tell({ type: 'parameters', parameters });
    if (!isDeepStrictEqual(heldBy(this.#config), held)) this.runner.tell({ type: 'addressLost' });
  }
}

/** As far as a router's company cares where it stands. */
function placeOf({ state }: Router): string {
  if (state.name === 'backup') return state.isReady ? 'ready' : 'backup';
  return state.name === 'fault' && state.retryAt !== undefined ? 'failed' : state.name;
}
