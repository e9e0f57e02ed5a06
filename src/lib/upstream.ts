/** Upstreams with their servers, and why containers are not among them: what discovery plans and nginx is given. Types only. */

import type { IpAddress } from './ip-address.ts';
import type { Duration } from './time.ts';
import type { UpstreamName } from './upstream-name.ts';

/** What a `server` line says beside the address. Undefined: nginx's default. */
export interface ServerParameters {
  /** At least 1. */
  readonly weight: number | undefined;
  readonly backup: boolean;
  readonly maxFails: number | undefined;
  /** Whole seconds: nginx takes no smaller unit here. */
  readonly failTimeoutSeconds: number | undefined;
  readonly maxConns: number | undefined;
}

/** One `server` line. */
export interface Server extends ServerParameters {
  /** The container behind it, or the setting that names it; for people. */
  readonly origin: string;
  readonly address: IpAddress;
  /** 1 to 65535. */
  readonly port: number;
}

/** Why there is no `server` line, and what to do about it. */
export interface WhyNot {
  readonly reason: string;
  readonly fix: string;
}

/** A labelled container without a `server` line. */
export interface LeftOut extends WhyNot {
  readonly container: string;
}

/** How requests are spread over the servers (ngx_http_upstream_module). */
export type Balance = 'round_robin' | 'least_conn' | 'ip_hash' | 'hash' | 'random';

declare const hashKeyBrand: unique symbol;

/** The variable of nginx that `hash` goes by, without its `$`; one that every nginx has. */
export type HashKey = string & { readonly [hashKeyBrand]: true };

/** What holds for an upstream as a whole. */
export interface UpstreamOptions {
  readonly balance: Balance;
  /** For `hash`. */
  readonly hashKey: HashKey;
  /** Idle connections that each worker keeps open; 0: none. */
  readonly keepalive: number;
  /** Shared memory in KiB; undefined: by the number of servers. */
  readonly zoneKilobytes: number | undefined;
  /** How long the last servers stay when none is left. */
  readonly hold: Duration;
}

export interface Upstream {
  readonly name: UpstreamName;
  readonly options: UpstreamOptions;
  readonly servers: readonly Server[];
  readonly leftOut: readonly LeftOut[];
}
