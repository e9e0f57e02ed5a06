/**
 * Notices that the container whose network namespace this daemon joined has left it, and ends the daemon once that container is back, so
 * that Docker's restart policy starts it again in the new namespace (docker/orphan.ts decides). In a pod this never happens: the
 * namespaces outlive nginx.
 */

import type { ContainerEvent } from '../docker/events.ts';
import { type Advice, advise, type Orphanhood, STEADY, steadyFrom } from '../docker/orphan.ts';
import type { DockerWatcher } from '../docker/watcher.ts';
import type { Clock } from '../lib/clock.ts';
import { OperatingError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { after, between, type Instant, later } from '../lib/time.ts';
import type { RouteNetlink } from '../net/rtnetlink.ts';
import { onceInAWhile } from '../net/turns.ts';
import type { Closing } from './closing.ts';
import { readWhereabouts } from './proxy.ts';

/** Loopback is made with the namespace, before any other. */
const LOOPBACK_INDEX = 1;

export interface OrphanWatchOptions {
  /** The id of the container that owns the network namespace. */
  readonly owner: string;
  readonly docker: Pick<DockerWatcher, 'relist' | 'onEvent'>;
  readonly netlink: Pick<RouteNetlink, 'listAddresses' | 'subscribe'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called once, when a restart would join the owner's new namespace. */
  readonly onLeave: (reason: OperatingError) => void;
}

export interface OrphaningParts extends Pick<OrphanWatchOptions, 'netlink' | 'clock' | 'log'> {
  /** Undefined when Docker is not used: nobody tells when the owner is back. */
  readonly docker: OrphanWatchOptions['docker'] | undefined;
}

/** Rejects when the daemon is to end for the sake of its restart; never settles otherwise, as outside a container. */
export function orphaned({ docker, ...parts }: OrphaningParts, closing: Closing): Promise<never> {
  const owner = readWhereabouts().hostnameOwner;
  const outcome = new Promise<never>((_, onLeave) => {
    if (docker === undefined || owner === undefined) return;
    const watch = new OrphanWatch({ ...parts, docker, owner, onLeave });
    closing.add(() => watch.stop());
    watch.start();
  });
  // Whoever races it may have ended before.
  outcome.catch(() => {});
  return outcome;
}

export class OrphanWatch {
  readonly #options: OrphanWatchOptions;
  readonly #short: string;
  #unsubscribe: readonly (() => void)[] = [];
  #cancelTimer: () => void = () => {};
  #orphanhood: Orphanhood | undefined;
  #told: Advice | undefined;
  #stopped = false;

  constructor(options: OrphanWatchOptions) {
    this.#options = options;
    this.#short = options.owner.slice(0, 12);
  }

  start(): void {
    const { netlink, docker } = this.#options;
    const look = onceInAWhile(() => this.#look());
    this.#unsubscribe = [netlink.subscribe(look), docker.onEvent(event => this.#happened(event))];
    look();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  async #look(): Promise<void> {
    const alone = await this.#isAlone();
    if (this.#stopped || alone === undefined || alone === (this.#orphanhood !== undefined)) return;
    const { clock } = this.#options;
    this.#orphanhood = alone ? { aloneSince: clock.now(), ownerChangedAt: undefined } : undefined;
    this.#told = undefined;
    this.#ask();
  }

  /** Undefined when the kernel does not say; the next event asks again. */
  async #isAlone(): Promise<boolean | undefined> {
    try {
      const addresses = await this.#options.netlink.listAddresses();
      return addresses.every(({ interfaceIndex }) => interfaceIndex === LOOPBACK_INDEX);
    } catch (thrown) {
      if (thrown instanceof OperatingError) return undefined;
      throw thrown;
    }
  }

  #happened({ id, action }: ContainerEvent): void {
    if (this.#orphanhood === undefined || id !== this.#options.owner) return;
    if (action !== 'start' && action !== 'die') return;
    this.#orphanhood = { ...this.#orphanhood, ownerChangedAt: this.#options.clock.now() };
    this.#ask();
  }

  /** Lists when the owner has been steady for long enough, and from then on again and again. */
  #ask(): void {
    this.#cancelTimer();
    if (this.#orphanhood !== undefined) this.#askAt(steadyFrom(this.#orphanhood));
  }

  #askAt(at: Instant): void {
    const { clock } = this.#options;
    const now = clock.now();
    this.#cancelTimer = clock.after(between(now, later(now, at)), () => void this.#judge());
  }

  async #judge(): Promise<void> {
    const { docker, clock, owner } = this.#options;
    const askedAt = clock.now();
    const snapshot = await docker.relist();
    if (this.#stopped || this.#orphanhood === undefined) return;
    const found = snapshot?.containers.find(({ id }) => id === owner);
    const advice = snapshot === undefined ? 'wait' : advise(found, this.#orphanhood, askedAt);
    if (advice === 'leave') return this.#leave(found?.name ?? this.#short);
    this.#tell(advice);
    this.#askAt(after(askedAt, STEADY));
  }

  #leave(name: string): void {
    this.stop();
    const message = `container ${name}, whose network this one shares, was started anew and has another network namespace; ending, so that the restart policy of this container joins it`;
    this.#options.onLeave(new OperatingError('namespace-left', message, { container: name }));
  }

  /** Once for each turn of things. */
  #tell(advice: Exclude<Advice, 'leave'>): void {
    if (advice === this.#told) return;
    this.#told = advice;
    const { log } = this.#options;
    const fields = { container: this.#short };
    if (advice === 'wait')
      log.warn(fields, 'the container whose network this one shares has ended; waiting until it is back');
    if (advice === 'recreate')
      log.error(
        fields,
        'the container whose network this one shared is gone for good; this one must be made anew too: docker compose up -d',
      );
  }
}
