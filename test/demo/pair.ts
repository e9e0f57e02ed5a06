/** What the demo plays with: two nodes and a client, in namespaces or on a Docker engine. */

import type { Status } from '../../src/control/status.ts';
import type { Sight } from '../support/observer.ts';

/** A status, and when it was taken. */
export interface DatedStatus {
  readonly atUs: number;
  readonly status: Status;
}

export interface PairNode {
  readonly name: string;
  readonly address: string;
}

/** Whoever is told what happens; times are CLOCK_MONOTONIC in µs. */
export interface Audience {
  clientSees(sight: Sight, atUs: number): void;
  addressMoved(node: string, present: boolean, atUs: number): void;
}

export interface Pair {
  /** Where it lives, in a few words. */
  readonly where: string;
  readonly nodes: readonly [PairNode, PairNode];
  readonly client: { readonly address: string };
  readonly vip: string;
  /** Whether nginx comes back by itself after it was killed, or has to be revived. */
  readonly nginxComesBack: boolean;
  start(): Promise<void>;
  /** Undefined while the daemon does not answer. */
  status(node: string): Promise<DatedStatus | undefined>;
  nginxRuns(node: string): Promise<boolean>;
  /** From now on the audience is told what the client sees, and where the address is if that can be followed. */
  watch(audience: Audience): Promise<void>;
  /** Kills nginx: its master process with the workers. The time just before: CLOCK_MONOTONIC in µs. */
  killNginx(node: string): Promise<number>;
  reviveNginx(node: string): Promise<void>;
  /** Lines for someone who keeps the pair: how to look around. */
  lookAround(): readonly string[];
  stop(): Promise<void>;
}
