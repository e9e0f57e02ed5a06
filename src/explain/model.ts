/**
 * What explaining looks at: the nodes of one virtual router as far as they decide who is master. Types only. Where a node comes from (a
 * file, labels, another program's configuration) is not known here.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import type { Duration } from '../lib/time.ts';
import type { ChecksumForm, Unicast, Version } from '../vrrp/parameters.ts';

export interface NodeModel {
  /** Short, and unique among the nodes. */
  readonly name: string;
  /** Where it was read, for people: a file, containers. */
  readonly from: string;
  /** Who speaks VRRP there: keepalived keeps to the RFC's times (`timing: rfc`), and the kernel keeps its addresses for ever. */
  readonly program: 'locum' | 'keepalived';
  /** The base priority, 1 to 255. */
  readonly priority: number;
  readonly version: Version;
  readonly interval: Duration;
  readonly preempt: boolean;
  /** How long it leaves a lower master alone when it comes back. */
  readonly preemptDelay: Duration;
  /** The name by which virtual routers of this node move together. */
  readonly syncGroup: string | undefined;
  readonly timing: 'fast' | 'rfc';
  /** What the kernel gives a held address to live; undefined: for ever. */
  readonly leaseSeconds: number | undefined;
  /** The source of its advertisements; undefined where only a running host could tell. */
  readonly primaryAddress: IpAddress | undefined;
  /** Undefined: to the multicast group. */
  readonly unicast: Unicast | undefined;
  /** What it sends with version 3 over IPv4. */
  readonly checksum: ChecksumForm;
  /** In the order in which they are advertised. */
  readonly addresses: readonly string[];
  readonly authentication: Authentication;
  readonly trackers: readonly TrackerModel[];
}

/** How a node proves who it is, and what it believes. */
export interface Authentication {
  readonly gives: Proof;
  /** The `id` of every proof that it believes. */
  readonly believes: readonly string[];
}

export interface Proof {
  /** Comparable, and free of secrets. */
  readonly id: string;
  /** For people: `none`, `hmac with key 2`. */
  readonly shown: string;
}

export interface TrackerModel {
  readonly name: string;
  readonly type: string;
  /** −254 to 254; 0: fault when it fails. */
  readonly weight: number;
  /** It fails by going up. */
  readonly reverse: boolean;
  readonly rise: number;
  readonly fall: number;
  readonly interval: Duration;
  readonly timeout: Duration;
  /** How soon a failure (a recovery) is noticed without waiting for a check; undefined: only checks see it. */
  readonly notice: { readonly failure: Duration | undefined; readonly recovery: Duration | undefined };
  /** What it looks at beyond its own node: two trackers with one `id` fail alike. */
  readonly outside: { readonly id: string; readonly shown: string } | undefined;
}

/** The nodes of one virtual router. */
export type Nodes = readonly [NodeModel, ...NodeModel[]];

/** A thing that goes wrong: a tracker of a node fails, or (no tracker) the node falls silent. */
export interface Failure {
  readonly node: NodeModel;
  readonly tracker: TrackerModel | undefined;
}
