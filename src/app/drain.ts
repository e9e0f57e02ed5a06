/**
 * Drives the drain of this node: turns an operator's word, the virtual routers' news and the answers of the edges into inputs of the
 * procedure (drain/procedure.ts), and its effects into calls of the edges. It decides nothing but who hears what.
 */

import type { DrainOutcome } from '../control/drain.ts';
import type { Census } from '../drain/connections.ts';
import type { PacketFilter } from '../drain/packet-filter.ts';
import { DRAINED, IDLE, isUnderWay, nextDeadline, step } from '../drain/procedure.ts';
import type { DrainEffect, DrainInput, DrainState, Limits, Outcome, Standing } from '../drain/state.ts';
import type { StateFile } from '../drain/state-file.ts';
import { unreachable } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import type { IpAddress } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import type { Result } from '../lib/result.ts';
import { between, type Duration } from '../lib/time.ts';
import type { ReloadResult } from '../nginx/controller.ts';
import { DRAINED as DRAINED_BY_OPERATOR } from './router.ts';

/** A virtual router as far as a drain cares. */
export interface DrainTenant {
  readonly name: string;
  readonly isMaster: boolean;
  readonly addresses: readonly IpAddress[];
  stand(standing: Standing): void;
}

export interface DrainOptions {
  readonly limits: Limits;
  readonly tenants: () => readonly DrainTenant[];
  readonly filter: Pick<PacketFilter, 'holdOff' | 'letIn'>;
  readonly nginx: { reload(): Promise<ReloadResult> };
  readonly countConnections: (addresses: ReadonlySet<IpAddress>) => Promise<Result<Census, string>>;
  readonly file: Pick<StateFile, 'read' | 'write' | 'remove'>;
  readonly clock: Clock;
  /** ISO 8601, UTC; for people. */
  readonly wallTime: () => string;
  readonly log: Logger;
  /** Called when the report may be another. */
  readonly onChange?: (report: DrainReport) => void;
}

export interface DrainReport {
  readonly state: 'none' | 'draining' | 'drained';
  /** ISO 8601, UTC; undefined when it is not known, or there is nothing to know. */
  readonly since: string | undefined;
  /** What happens now, or why; empty without a drain. */
  readonly detail: string;
}

type Tell = (progress: string) => void;

interface Asked {
  readonly tell: Tell;
  readonly done: (outcome: Outcome) => void;
}

export class Drain {
  readonly #options: DrainOptions;
  #state: DrainState = IDLE;
  /** Counts the drains: an answer to a former one is not meant for this one. */
  #run = 0;
  #asked: Asked | undefined;
  #since: string | undefined;
  #progress = '';
  #disarm: (() => void) | undefined;
  /** Addresses whose connections are watched: those held when the drain began. */
  #addresses: readonly IpAddress[] = [];
  #filtering = false;
  #files: Promise<unknown> = Promise.resolve();

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** Before the routers start: a node that was drained stays so, and a hold that a former run left behind goes. */
  async recall(): Promise<void> {
    const { file, filter, log, tenants } = this.#options;
    void filter.letIn().then(problem => {
      if (problem !== undefined) log.debug({ problem }, 'a drain could not hold off new connections here');
    });
    const reading = await file.read();
    if (!reading.ok)
      log.warn({ code: reading.error.code }, `whether this node is drained: ${reading.error.message}`);
    if (!reading.ok || reading.value === undefined || this.#state !== IDLE) return;
    this.#state = DRAINED;
    this.#since = reading.value.since;
    for (const tenant of tenants()) tenant.stand('away');
    log.warn({ since: this.#since }, 'this node is drained and takes no part; "locum undrain" ends that');
    this.#options.onChange?.(this.status());
  }

  /** Whether one is under way; a virtual router must not go or come meanwhile. */
  get isUnderWay(): boolean {
    return isUnderWay(this.#state);
  }

  /** A virtual router that came while the daemon runs stands where the others do. */
  welcome(tenant: DrainTenant): void {
    if (this.#state.name === 'drained') tenant.stand('away');
  }

  /** Hands over and keeps away. Settles with the outcome; never rejects. */
  drain(force: boolean, tell: Tell): Promise<DrainOutcome> {
    if (isUnderWay(this.#state)) return Promise.resolve(refused(this.#progress));
    if (this.#state.name === 'drained')
      return Promise.resolve({
        ...ALREADY,
        text: `${ALREADY.text}${this.#since ? `, since ${this.#since}` : ''}`,
      });
    const { tenants, limits, log, wallTime } = this.#options;
    const masters = tenants().filter(({ isMaster }) => isMaster);
    const others = tenants().filter(({ isMaster }) => !isMaster);
    log.info({ force, masters: names(masters) }, 'an operator asks to drain');
    this.#run++;
    this.#since = wallTime();
    this.#addresses = masters.flatMap(({ addresses }) => addresses);
    return new Promise(resolve => {
      this.#asked = { tell, done: outcome => resolve(outcomeOf(outcome)) };
      this.#feed({ type: 'begin', force, masters: names(masters), others: names(others), limits });
    });
  }

  /** Takes part again; a drain under way is given up. Never rejects. */
  async undrain(): Promise<DrainOutcome> {
    const before = this.#state;
    this.#options.log.info({}, 'an operator asks to undrain');
    this.#feed({ type: 'undrain' });
    const warning = await this.#files;
    const text = before.name === 'idle' ? 'it was not drained' : 'this node takes part again';
    return {
      outcome: 'undrained',
      ok: true,
      text,
      warnings: typeof warning === 'string' ? [warning] : [],
    };
  }

  /**
   * To be told when a virtual router is master no longer and has released its addresses. One that has risen again while the release was
   * under way has not handed over: it will be told of again.
   */
  routerLeft(router: string): void {
    const isMasterAgain = this.#options.tenants().some(({ name, isMaster }) => name === router && isMaster);
    if (!isMasterAgain) this.#feed({ type: 'left', router });
  }

  status(): DrainReport {
    if (this.#state.name === 'idle') return { state: 'none', since: undefined, detail: '' };
    return this.#state.name === 'drained'
      ? { state: 'drained', since: this.#since, detail: DRAINED_BY_OPERATOR }
      : { state: 'draining', since: this.#since, detail: this.#progress };
  }

  /** The daemon ends: a drain under way is given up, before the routers stop and would seem to have handed over. */
  stop(): void {
    this.#disarm?.();
    this.#run++;
    this.#state = IDLE;
    this.#asked?.done({ kind: 'cancelled', text: 'the daemon ends', warnings: [] });
    // Nobody waits for it: at the latest the lease ends the hold.
    if (this.#filtering) void this.#options.filter.letIn();
  }

  #feed(input: DrainInput): void {
    const { state, effects } = step(this.#state, input, this.#options.clock.now());
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#options.onChange?.(this.status());
    this.#arm();
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#disarm?.();
    const at = nextDeadline(this.#state);
    this.#disarm =
      at === undefined
        ? undefined
        : clock.after(Math.max(0, between(clock.now(), at)) as Duration, () =>
            this.#feed({ type: 'timeout' }),
          );
  }

  /** Feeds the answer of an edge, unless the drain that asked is over. */
  #answer<T>(asked: Promise<T>, toInput: (answer: T) => DrainInput): void {
    const run = this.#run;
    void asked.then(answer => {
      if (run === this.#run) this.#feed(toInput(answer));
    });
  }

  #perform(effect: DrainEffect): void {
    switch (effect.type) {
      case 'holdOff':
        this.#holdOff(effect.lease);
        break;
      case 'letIn':
        this.#letIn();
        break;
      case 'look':
        this.#look();
        break;
      case 'reload':
        this.#answer(this.#options.nginx.reload(), result => ({
          type: 'reloaded',
          problem: reloadProblem(result),
        }));
        break;
      case 'stand':
        this.#stand(effect.routers, effect.standing);
        break;
      case 'save':
        this.#save();
        break;
      case 'forget':
        this.#files = this.#files.then(() => this.#forget());
        break;
      case 'say':
        this.#say(effect.text);
        break;
      case 'finish':
        this.#finish(effect.outcome);
        break;
      default:
        unreachable(effect);
    }
  }

  #holdOff(lease: Duration): void {
    this.#filtering = true;
    this.#answer(this.#options.filter.holdOff(this.#addresses, lease), problem => ({
      type: 'heldOff',
      problem: problem && `new connections could not be held off: ${problem}`,
    }));
  }

  #look(): void {
    this.#answer(this.#options.countConnections(new Set(this.#addresses)), found =>
      found.ok
        ? { type: 'looked', census: found.value }
        : { type: 'looked', census: undefined, problem: found.error },
    );
  }

  #say(text: string): void {
    this.#progress = text;
    this.#options.log.info({}, `drain: ${text}`);
    this.#asked?.tell(text);
  }

  #letIn(): void {
    const { filter, log } = this.#options;
    this.#filtering = false;
    this.#answer(
      filter.letIn().then(problem => {
        // The lease ends the hold all the same.
        if (problem !== undefined)
          log.debug({ problem }, 'the packet filter was not told to let connections in');
      }),
      () => ({ type: 'letIn', problem: undefined }),
    );
  }

  #stand(routers: readonly string[] | 'all', standing: Standing): void {
    for (const tenant of this.#options.tenants())
      if (routers === 'all' || routers.includes(tenant.name)) tenant.stand(standing);
  }

  #save(): void {
    const { file, wallTime } = this.#options;
    const written = this.#files.then(() => file.write(this.#since ?? wallTime()));
    this.#files = written.then(() => undefined);
    this.#answer(written, result => ({
      type: 'saved',
      problem: result.ok
        ? undefined
        : `a restart of the sidecar will forget that this node is drained: ${result.error.message}`,
    }));
  }

  /** Settles with what went wrong. */
  async #forget(): Promise<string | undefined> {
    const removal = await this.#options.file.remove();
    return removal.ok
      ? undefined
      : `a restart of the sidecar will drain this node again: ${removal.error.message}`;
  }

  #finish(outcome: Outcome): void {
    const { log } = this.#options;
    const level = outcome.kind === 'failed' || outcome.warnings.length > 0 ? 'warn' : 'info';
    log[level]({ outcome: outcome.kind, warnings: outcome.warnings }, `drain: ${outcome.text}`);
    if (outcome.kind !== 'drained') this.#since = undefined;
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.done(outcome);
  }
}

const names = (tenants: readonly DrainTenant[]): string[] => tenants.map(({ name }) => name);

function outcomeOf({ kind, text, warnings }: Outcome): DrainOutcome {
  return { outcome: kind, ok: kind === 'drained', text, warnings };
}

const ALREADY: DrainOutcome = {
  outcome: 'drained',
  ok: true,
  text: 'this node was drained already',
  warnings: [],
};

function refused(progress: string): DrainOutcome {
  return {
    outcome: 'refused',
    ok: false,
    text: `a drain is under way (${progress}); "locum undrain" cancels it`,
    warnings: [],
  };
}

function reloadProblem(result: ReloadResult): string | undefined {
  return result.outcome === 'reloaded'
    ? undefined
    : `idle connections were not closed in order: ${result.detail}`;
}
