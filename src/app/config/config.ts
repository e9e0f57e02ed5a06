/** The configuration after every source was merged and validated: what the daemon runs on. */

import type { Ailment } from '../../docker/condition.ts';
import type { Cidr, IpAddress } from '../../lib/ip-address.ts';
import type { Duration } from '../../lib/time.ts';
import type { OptionValues, ServerValues } from '../../lib/upstream-grammar.ts';
import type { UpstreamName } from '../../lib/upstream-name.ts';
import type { Scheduling } from '../../native/scheduling.ts';
import type { NoticeState } from '../../notify/notice.ts';
import type { Retry } from '../../notify/retry.ts';

export interface Config {
  /** Virtual routers by name; at least one. */
  readonly vrrp: Readonly<Record<string, RouterConfig>>;
  /** Trackers by name; a virtual router follows all of them unless it names some. */
  readonly track: Readonly<Record<string, TrackerConfig>>;
  /** Hooks by name; each is told of every virtual router unless it names some. */
  readonly notify: Readonly<Record<string, HookConfig>>;
  readonly docker: {
    readonly enabled: boolean /** `unix:///path` or `tcp://host:port` */;
    readonly host: string;
    /** Under which Locum's labels are written, without the dot. */
    readonly labelPrefix: string;
    /** Of other hosts, in the order of their names. */
    readonly engines: readonly EngineConfig[];
  };
  readonly discovery: {
    /** The compose projects whose containers count; undefined: all containers. */
    readonly projects: readonly string[] | undefined;
    /** Whether a container serves before its health check has passed for the first time. */
    readonly starting: boolean;
  };
  /** What is said of upstreams beside labels, by name. */
  readonly upstream: ReadonlyMap<UpstreamName, UpstreamConfig>;
  readonly nginx: NginxConfig;
  readonly control: { /** Path of the unix socket. */ readonly socket: string };
  readonly http: HttpConfig;
  readonly drain: {
    /** How long open connections are waited for, while new ones are held off. */
    readonly hold: Duration;
    readonly stateFile: string;
  };
  /** Of this process's threads; niceness 0 leaves them as they were started. */
  readonly scheduling: Scheduling;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'json' | 'text' };
}

/** Views over TCP. */
export interface HttpConfig {
  /** An address of this host; undefined: none are served. */
  readonly listen: HostPort | undefined;
  /** Base URLs of the nodes' views, this node's own perhaps among them; without a slash at the end. */
  readonly peers: readonly string[];
  /** Whether metrics carry the names of mehdy's keepalived-exporter too. */
  readonly compatibleMetrics: boolean;
}

export interface RouterConfig {
  /** 1 to 255. */
  readonly vrid: number;
  /** The virtual addresses, in the order in which they are advertised; at least one, all of one family. */
  readonly vip: readonly Cidr[];
  /** Addresses of either family that are held and announced, but not advertised. */
  readonly excludedVip: readonly Cidr[];
  /** Undefined: the interface on whose network the first VIP lies. */
  readonly interface: string | undefined;
  /** 1 to 254, or 255: the owner of the addresses. */
  readonly priority: number;
  readonly version: 2 | 3;
  /** v3: 10 ms to 40.95 s in steps of 10 ms; v2: 1 s to 255 s in whole seconds. */
  readonly advertInterval: Duration;
  readonly preempt: boolean;
  /** For one that came back to leave a lower master alone; 0 to 1000 s, and so below. */
  readonly preemptDelay: Duration;
  /** From the start, without taking part. */
  readonly startDelay: Duration;
  /** Virtual routers that move together, by name. */
  readonly syncGroup: string | undefined;
  readonly announce: AnnounceConfig;
  /** Undefined: advertisements go to the multicast group. */
  readonly unicast: UnicastConfig | undefined;
  /** Undefined: the addresses live on the interface, with its own MAC. */
  readonly vmac: VmacConfig | undefined;
  /** The source of our advertisements; undefined: chosen among the addresses of the interface. */
  readonly source: IpAddress | undefined;
  /** The checksum form sent with version 3 over IPv4; all are accepted. */
  readonly checksum: 'pseudo-header' | 'rfc9568' | 'multicast-pseudo-header';
  readonly auth: AuthConfig;
  readonly timing: 'fast' | 'rfc';
  /** Names of the trackers that it follows; undefined: all. */
  readonly track: readonly string[] | undefined;
}

/** Every address that a master holds. */
export function heldBy({ vip, excludedVip }: Pick<RouterConfig, 'vip' | 'excludedVip'>): readonly Cidr[] {
  return [...vip, ...excludedVip];
}

/** How a master tells the link where its addresses are. */
export interface AnnounceConfig {
  /** Frames for each address every time. */
  readonly repeat: number;
  /** From the first time on, ascending. */
  readonly again: readonly Duration[];
  /** After that; undefined: never. */
  readonly refresh: Duration | undefined;
}

export interface UnicastConfig {
  /** At least one, of the family of the virtual addresses; this host's own may be among them. */
  readonly peers: readonly IpAddress[];
  /** Of what is sent, 1 to 255. */
  readonly ttl: number;
  /** The least of what is accepted, 1 to 255. */
  readonly minimumTtl: number;
  /** Whether only the peers are believed. */
  readonly checkSource: boolean;
}

/** An interface with the MAC of the virtual router. */
export interface VmacConfig {
  /** Its name, of at most 15 characters. */
  readonly interface: string;
  /** Whose MAC advertisements come from: its own, or that of the interface below. */
  readonly advertiseFrom: 'vmac' | 'base';
}

/** What authenticates advertisements, by type. The secrets are text as it was written, or octets. */
export type AuthConfig =
  | { readonly type: 'none' }
  /** 1 to 8 octets. */
  | { readonly type: 'pass' | 'ah'; readonly password: string }
  | {
      readonly type: 'hmac';
      /** By id, 0 to 255; each 32 to 64 octets. */
      readonly keys: ReadonlyMap<number, Uint8Array>;
      /** One of `keys`. */
      readonly activeKey: number;
      readonly mode: 'receive-only' | 'permissive' | 'enforce';
      /** In whole seconds; undefined: clocks are not compared. */
      readonly window: Duration | undefined;
    };

export interface TrackerCommon {
  /** −254 to 254; 0 means fault when down. */
  readonly weight: number;
  /** Turns the rule over: the weight counts against while up, for while down; weight 0 means fault when up. */
  readonly reverse: boolean;
  readonly interval: Duration;
  readonly timeout: Duration;
  /** Consecutive successes (failures) needed to go up (down); at least 1. */
  readonly rise: number;
  readonly fall: number;
}

/** What a tracker watches, by type. */
export type TrackerTarget =
  | ProcessTarget
  | DockerTarget
  | HttpTarget
  | TcpTarget
  | ExecTarget
  | InterfaceTarget
  | FileTarget
  | PingTarget
  | NginxTarget
  | UpstreamsTarget;

export type TrackerConfig = TrackerCommon & TrackerTarget;

export interface ProcessTarget {
  readonly type: 'process';
  /** At most 15 characters, as in /proc/PID/comm. */
  readonly name: string;
  /** Processes of that name that must live, workers included; at least 1. */
  readonly quorum: number;
}

export interface DockerTarget {
  readonly type: 'docker';
  /** Container name or id; undefined: the proxy. */
  readonly container: string | undefined;
  /** The conditions that count as failures. */
  readonly failOn: readonly Ailment[];
}

export interface HttpTarget {
  readonly type: 'http';
  readonly url: string;
  /** Where to connect instead of the URL's host and port. */
  readonly connect: Endpoint | undefined;
  readonly method: 'GET' | 'HEAD';
  /** Both ends included. */
  readonly status: readonly [number, number];
  /** What the body must hold. */
  readonly contains: string | undefined;
  /** Names in lower case. The values may be secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly verify: boolean;
    /** PEM file of the authorities that count instead of the built-in ones. */
    readonly ca: string | undefined;
    /** The name that is asked for and verified; undefined: the URL's host. */
    readonly name: string | undefined;
  };
}

export interface TcpTarget {
  readonly type: 'tcp';
  readonly address: HostPort;
}

export interface ExecTarget {
  readonly type: 'exec';
  /** An absolute path and its arguments; at least the path. */
  readonly command: readonly string[];
}

export interface InterfaceTarget {
  readonly type: 'interface';
  readonly interface: string;
}

export interface FileTarget {
  readonly type: 'file';
  /** Absolute. */
  readonly path: string;
}

export interface PingTarget {
  readonly type: 'ping';
  readonly address: IpAddress;
  /** Echo requests a check. */
  readonly count: number;
  /** Answers needed; 1 to `count`. */
  readonly replies: number;
}

export interface NginxTarget {
  readonly type: 'nginx';
  /** Of stub_status. */
  readonly url: string;
  readonly connect: Endpoint | undefined;
  /** Undefined: no limit. */
  readonly maxConnections: number | undefined;
}

export interface UpstreamsTarget {
  readonly type: 'upstreams';
  /** Undefined: each of them. */
  readonly upstream: UpstreamName | undefined;
  readonly minServers: number;
  /** 0 to 100. */
  readonly minSharePercent: number;
}

export interface HookCommon {
  /** For one try. */
  readonly timeout: Duration;
  /** The states that are told; at least one. */
  readonly states: readonly NoticeState[];
  /** Names of the virtual routers whose states are told; undefined: all. */
  readonly routers: readonly string[] | undefined;
  /** States of one virtual router, before they are folded; at least 1. */
  readonly perMinute: number;
}

/** Who is told of states, by type. */
export type HookConfig = HookCommon & { readonly retry: Retry } & (ExecHook | Webhook);

export interface ExecHook {
  readonly type: 'exec';
  /** An absolute path and its arguments; at least the path. */
  readonly command: readonly string[];
  /** What follows them: TYPE NAME STATE PRIORITY, the last two of these, or nothing. */
  readonly arguments: 'all' | 'state' | 'none';
}

export interface Webhook {
  readonly type: 'webhook';
  /** http or https, without a login; may hold a token. */
  readonly url: string;
  /** Undefined: nothing is signed. */
  readonly secretFile: string | undefined;
  /** Path of a PEM file; undefined: the built-in authorities. */
  readonly tlsCa: string | undefined;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Where a connection goes. */
export type Endpoint = HostPort | { /** Path of a unix socket. */ readonly socket: string };

/** An engine of another host. */
export interface EngineConfig {
  readonly name: string;
  /** `tcp://`, `ssh://` or `unix://`. */
  readonly host: string;
  /** At which its host publishes ports. */
  readonly address: IpAddress;
  /** How long its last known servers stay while it does not answer. */
  readonly keep: Duration;
  /** Paths of PEM files; undefined: no TLS. */
  readonly tls:
    | { readonly ca: string; readonly identity: { readonly cert: string; readonly key: string } | undefined }
    | undefined;
  readonly ssh: { /** Path. */ readonly key: string; readonly fingerprint: string } | undefined;
}

export interface UpstreamConfig {
  readonly options: OptionValues;
  /** Servers beside containers, in the order of their names. */
  readonly servers: readonly StaticServer[];
}

export interface StaticServer {
  readonly name: string;
  readonly address: HostPort;
  readonly parameters: ServerValues;
}

export interface NginxConfig {
  /** Undefined: upstreams are not rendered. */
  readonly upstreamsFile: string | undefined;
  /** The name of nginx's processes, for finding its master. */
  readonly process: string;
  /** Within any minute, promotions aside; at least 1. */
  readonly reloadsPerMinute: number;
}
