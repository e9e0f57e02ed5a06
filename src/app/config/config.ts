/** The configuration after every source was merged and validated: what the daemon runs on. Types only. */

import type { Cidr } from '../../lib/ip-address.ts';
import type { Duration } from '../../lib/time.ts';

export interface Config {
  /** Virtual routers by name; at least one. */
  readonly vrrp: Readonly<Record<string, RouterConfig>>;
  /** Trackers by name; every virtual router follows all of them. */
  readonly track: Readonly<Record<string, TrackerConfig>>;
  readonly docker: {
    readonly enabled: boolean /** `unix:///path` or `tcp://host:port` */;
    readonly host: string;
  };
  readonly nginx: NginxConfig;
  readonly control: { /** Path of the unix socket. */ readonly socket: string };
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'json' | 'text' };
}

export interface RouterConfig {
  /** 1 to 255. */
  readonly vrid: number;
  /** The virtual addresses, in the order in which they are advertised; at least one. */
  readonly vip: readonly Cidr[];
  /** Undefined: the interface on whose network the first VIP lies. */
  readonly interface: string | undefined;
  /** 1 to 254. */
  readonly priority: number;
  readonly version: 2 | 3;
  /** v3: 10 ms to 40.95 s in steps of 10 ms; v2: 1 s to 255 s in whole seconds. */
  readonly advertInterval: Duration;
  readonly preempt: boolean;
  /** The checksum form sent with version 3; both are accepted. */
  readonly checksum: 'pseudo-header' | 'rfc9568';
  readonly auth: { readonly type: 'none' } | { readonly type: 'pass'; readonly password: string };
  readonly timing: 'fast' | 'rfc';
}

interface TrackerCommon {
  /** −254 to 254; 0 means fault when down. */
  readonly weight: number;
  readonly interval: Duration;
  readonly timeout: Duration;
  /** Consecutive successes (failures) needed to go up (down); at least 1. */
  readonly rise: number;
  readonly fall: number;
}

export type TrackerConfig = TrackerCommon &
  (
    | { readonly type: 'process' /** At most 15 characters, as in /proc/PID/comm. */; readonly name: string }
    | {
        readonly type: 'docker' /** Container name or id; undefined: the proxy. */;
        readonly container: string | undefined;
      }
    | { readonly type: 'http'; readonly url: string; readonly status: readonly [number, number] }
  );

export interface NginxConfig {
  /** Undefined: upstreams are not rendered. */
  readonly upstreamsFile: string | undefined;
  /** The name of nginx's processes, for finding its master. */
  readonly process: string;
}
