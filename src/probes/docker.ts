/**
 * The `docker` tracker: it passes while the container runs, is not paused or restarting and, where it has a HEALTHCHECK, is healthy;
 * `starting` does not pass yet. An event that proves the end counts at once.
 *
 * An engine that cannot be asked proves nothing: the tracker keeps its health and says so.
 */

import type { Clock } from '../lib/clock.ts';
import { after, type Instant, seconds } from '../lib/time.ts';
import type { Outcome } from '../tracking/tracker.ts';
import { failed, type Inconclusive, inconclusive, type Notify, type Probe, passed } from './probe.ts';

/** What is known of one container, from the last list of the engine. */
export interface ContainerLook {
  /** `serving`: it can serve. `failing`: it cannot, or is not there. `unsure`: the list is too old, or there is none. */
  readonly kind: 'serving' | 'failing' | 'unsure';
  readonly detail: string;
}

/** An event that ends its service. */
export interface ContainerEnd {
  readonly reason: string;
  /** False while it may go on for a while, or survive: it was sent a signal. */
  readonly over: boolean;
}

/** What this probe needs of discovery. */
export interface ContainerSource {
  look(): ContainerLook;
  /** Calls back when a look may show something new; the result ends it. */
  onList(listener: () => void): () => void;
  /** Calls back at once when an event ends the container's service; the result ends it. */
  onEnd(listener: (end: ContainerEnd) => void): () => void;
}

/** Docker's grace between SIGTERM and SIGKILL is 10 s; for that long a signalled container that still runs is no proof of health. */
const GRACE = seconds(12);

export class DockerProbe implements Probe {
  readonly #source: ContainerSource;
  readonly #clock: Clock;
  #endingUntil: Instant | undefined;

  constructor(source: ContainerSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  check(): Promise<Outcome | Inconclusive> {
    return Promise.resolve(this.#look());
  }

  #look(): Outcome | Inconclusive {
    const { kind, detail } = this.#source.look();
    if (kind === 'unsure') return inconclusive(detail);
    if (kind === 'failing') return failed(detail);
    const ending = this.#endingUntil !== undefined && this.#clock.now() < this.#endingUntil;
    return ending ? inconclusive(`${detail}, but is being stopped`) : passed(detail);
  }

  watch(notify: Notify): () => void {
    const stops = [
      this.#source.onList(() => notify()),
      this.#source.onEnd(({ reason, over }) => {
        this.#endingUntil = over ? undefined : after(this.#clock.now(), GRACE);
        notify(failed(reason));
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
