/** Upstreams with their servers, and why containers are not among them: what discovery plans and nginx is given. Types only. */

import type { IpAddress } from './ip-address.ts';
import type { UpstreamName } from './upstream-name.ts';

/** One `server` line. */
export interface Server {
  /** The container behind it, for people. */
  readonly container: string;
  readonly address: IpAddress;
  /** 1 to 65535. */
  readonly port: number;
  /** At least 1; undefined: nginx's default, as for each below. */
  readonly weight: number | undefined;
  readonly backup: boolean;
  readonly maxFails: number | undefined;
  /** Whole seconds: nginx takes no smaller unit here. */
  readonly failTimeoutSeconds: number | undefined;
  readonly maxConns: number | undefined;
}

/** A labelled container without a `server` line, and why. */
export interface LeftOut {
  readonly container: string;
  readonly reason: string;
}

export interface Upstream {
  readonly name: UpstreamName;
  readonly servers: readonly Server[];
  readonly leftOut: readonly LeftOut[];
}
