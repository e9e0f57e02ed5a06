/**
 * The one status snapshot: what `locum status` shows, `GET /status` sends, and any further view (metrics, a page) reads.
 *
 * Plain JSON: `null` stands for "there is none", times are ages on the monotonic clock. The wall-clock text beside an age is for
 * people to read; nothing decides with it. A snapshot never holds a secret and every list in it is bounded by its maker.
 */

/** When something happened. */
export interface Moment {
  /** Milliseconds before the snapshot, from the monotonic clock. */
  readonly agoMs: number;
  /** ISO 8601, UTC; for display. */
  readonly at: string;
}

export interface Status {
  /** Locum's version. */
  readonly version: string;
  readonly pid: number;
  readonly node: string;
  readonly uptimeMs: number;
  /** When the snapshot was taken: ISO 8601, UTC; for display. */
  readonly takenAt: string;
  readonly routers: readonly RouterStatus[];
  readonly trackers: readonly TrackerStatus[];
  /** Who is told of states. */
  readonly hooks: readonly HookStatus[];
  readonly drain: DrainStatus;
  /** Null when Docker is not used. */
  readonly docker: DockerStatus | null;
  /** Null when upstreams are not rendered. */
  readonly upstreams: UpstreamsStatus | null;
  /** The last reload of the configuration; null before the first. */
  readonly reload: ReloadStatus | null;
  /** How late timers of this process ran within the last five to ten minutes. */
  readonly eventLoop: { readonly meanLagMs: number; readonly maxLagMs: number };
  /** Of the thread that sends adverts, as the kernel has it; null where that cannot be read. */
  readonly scheduling: SchedulingStatus | null;
  /** What was dropped at a limit, by the limit's name. */
  readonly drops: Readonly<Record<string, number>>;
  /** Base URLs of the other nodes' views, which the page shows beside this one's. */
  readonly peerPages: readonly string[];
}

export interface ReloadStatus {
  /** ISO 8601, UTC; for display. */
  readonly at: string;
  /** False when it was refused: the configuration before it goes on. */
  readonly ok: boolean;
  readonly detail: string;
  /** Reloads since the start, refused ones too. */
  readonly count: number;
}

export interface SchedulingStatus {
  /** As in sched(7), in lower case and without `SCHED_`: `other`, `rr`. */
  readonly policy: string;
  /** 0 for policies without real time. */
  readonly priority: number;
  readonly nice: number;
  /** Why it is not as configured; null when it is. */
  readonly problem: string | null;
}

export type RouterStateName = 'init' | 'backup' | 'master' | 'fault';

export interface RouterStatus {
  readonly name: string;
  readonly vrid: number;
  readonly interface: string;
  /** The interface with the virtual router's own MAC; null when the addresses live on `interface` itself. */
  readonly vmac: VmacStatus | null;
  readonly version: 2 | 3;
  readonly state: RouterStateName;
  readonly since: Moment;
  /** Why it is in this state. */
  readonly reason: string;
  /** Newest first, at most {@link TRANSITIONS_KEPT}. */
  readonly transitions: readonly Transition[];
  readonly basePriority: number;
  readonly effectivePriority: number;
  readonly contributions: readonly ContributionStatus[];
  /** The address of the master as this node sees it: its own while master, null when nobody is heard. */
  readonly masterAddress: string | null;
  readonly peers: readonly PeerStatus[];
  /** Who speaks with this VRID and was never accepted, at most 16; who speaks on stays. */
  readonly refused: readonly RefusedStatus[];
  /** Packets refused of senders beyond that list. */
  readonly refusedOfOthers: number;
  /** What it moves together with; null when with nothing. */
  readonly syncGroup: SyncGroupStatus | null;
  readonly vips: readonly VipStatus[];
  /** The lifetime given to the addresses, in seconds; null when they are not leased. */
  readonly leaseSeconds: number | null;
  readonly counters: RouterCounters;
  /** What the state machine waits for. */
  readonly nextDeadline: { readonly inMs: number; readonly reason: string } | null;
}

export interface SyncGroupStatus {
  readonly name: string;
  /** This router would be master, and waits for the others. */
  readonly ready: boolean;
}

export interface VmacStatus {
  readonly interface: string;
  readonly mac: string;
  /** Whether it exists. */
  readonly present: boolean;
  /** Whether the MAC leads to this node: only while it is master. */
  readonly up: boolean;
}

export const TRANSITIONS_KEPT = 10;

export interface Transition {
  readonly from: RouterStateName;
  readonly to: RouterStateName;
  readonly reason: string;
  readonly when: Moment;
}

/** What a tracker does to this router's priority now, and what its last check saw. */
export interface ContributionStatus {
  readonly tracker: string;
  readonly health: 'unknown' | 'up' | 'down';
  readonly weight: number;
  /** The rule is turned over: the weight counts against while up, for while down; weight 0 is fault while up. */
  readonly reverse: boolean;
  /** What is added to the base priority. */
  readonly delta: number;
  /** This tracker alone keeps the router in fault. */
  readonly fault: boolean;
  /** The last outcome in a few words; empty before the first. */
  readonly detail: string;
}

/** Another router of this VRID, from the last advertisement of it that was accepted. */
export interface PeerStatus {
  readonly address: string;
  readonly priority: number;
  readonly version: 2 | 3;
  readonly advertIntervalMs: number;
  readonly lastSeen: Moment;
  /** Which checksum form it sends. */
  readonly checksum: string;
  /** How it proves itself: `none`, `pass`, `ah`, or `hmac` and the id of its key. */
  readonly authentication: string;
  readonly warnings: readonly PeerWarning[];
}

/** A sender of whom every packet was dropped; what it says of itself is proven by nothing, and null where it could not be read. */
export interface RefusedStatus {
  /** Null for packets that are not whole enough to have a source. */
  readonly address: string | null;
  readonly priority: number | null;
  readonly version: number | null;
  readonly advertIntervalMs: number | null;
  readonly lastSeen: Moment;
  readonly warnings: readonly PeerWarning[];
}

/** Something in which a sender and this node differ. */
export interface PeerWarning {
  /** As the counters of discards name it, or the difference of one that is accepted: `interval-differs`, `addresses-differ`, … */
  readonly about: string;
  /** What differs, and what to do. */
  readonly text: string;
  /** Whether its packets are dropped for it. */
  readonly dropped: boolean;
  readonly count: number;
  readonly lastSeen: Moment;
}

export interface VipStatus {
  /** With its prefix length: `198.18.51.100/24`. */
  readonly address: string;
  /** Whether the kernel has it on the interface now. */
  readonly present: boolean;
  /** What is left of the kernel's valid lifetime; null when absent or permanent. */
  readonly validLifetimeSeconds: number | null;
  /** Whether it stands in the advertisements. */
  readonly advertised: boolean;
}

export interface RouterCounters {
  readonly advertsSent: number;
  readonly advertsReceived: number;
  readonly priorityZeroSent: number;
  readonly priorityZeroReceived: number;
  readonly becameMaster: number;
  readonly releasedMaster: number;
  /** Packets that were not accepted, by reason. */
  readonly discards: Readonly<Record<string, number>>;
}

export interface TrackerStatus {
  readonly name: string;
  readonly type: string;
  readonly health: 'unknown' | 'up' | 'down';
  readonly weight: number;
  readonly reverse: boolean;
  readonly since: Moment;
  readonly last: OperationStatus | null;
  /** The last outcomes, newest first, at most {@link OUTCOMES_KEPT}; successes go before failures do. */
  readonly history: readonly OperationStatus[];
  /** How often the health changed within the last minute; counted up to 100. */
  readonly changesLastMinute: number;
}

export const OUTCOMES_KEPT = 10;

export interface HookStatus {
  readonly name: string;
  readonly type: string;
  /** Tries: there may be several for one state. */
  readonly runs: number;
  /** Of the runs. */
  readonly failures: number;
  /** States that it was never told: folded into later ones, because they came too fast or too many waited, or the end had come. */
  readonly dropped: number;
  /** States that wait for the run under way. */
  readonly waiting: number;
  /** What it is being told, such as `web MASTER`; null while it rests. */
  readonly running: { readonly what: string; readonly since: Moment } | null;
  readonly last: OperationStatus | null;
}

/** Whether an operator keeps this node away, or is about to. */
export interface DrainStatus {
  readonly state: 'none' | 'draining' | 'drained';
  /** When an operator asked for it; null without a drain, or when that is not known any more. */
  readonly since: Moment | null;
  /** What happens now, or why; empty without a drain. */
  readonly detail: string;
}

export interface DockerStatus {
  readonly connected: boolean;
  readonly lastError: string | null;
  /** Running containers in the last list. */
  readonly containers: number;
}

export interface UpstreamsStatus {
  readonly file: string;
  readonly upstreams: readonly UpstreamStatus[];
  /** Labelled containers that are not in the file, and why. */
  readonly leftOut: readonly {
    readonly upstream: string | null;
    readonly container: string;
    readonly reason: string;
    readonly fix: string;
  }[];
  /** Containers that do not ask to be used, by name. */
  readonly unasked: readonly string[];
  /** What leaves nothing out, such as an unknown label. */
  readonly warnings: readonly string[];
  readonly lastRender: OperationStatus | null;
  readonly lastReload: OperationStatus | null;
  readonly lastVerify: OperationStatus | null;
  readonly renders: number;
  readonly reloads: number;
  readonly failures: number;
}

export interface UpstreamStatus {
  readonly name: string;
  /** How requests are spread, in the words of nginx. */
  readonly balance: string;
  readonly servers: readonly {
    /** `address:port`. */
    readonly address: string;
    readonly weight: number;
    readonly backup: boolean;
    /** The container behind it, or the setting that names it. */
    readonly origin: string;
    /** What stands after `server` in nginx's file. */
    readonly line: string;
  }[];
}

/** The last time something was done, and how it ended. */
export interface OperationStatus {
  readonly when: Moment;
  readonly ok: boolean;
  readonly detail: string;
  /** How long it took; absent where that is not measured. */
  readonly tookMs?: number;
}

/** What `GET /healthz` answers: whether the daemon itself works, never whether it is master. */
export interface Health {
  readonly ok: boolean;
  /** One line; why not, when it is not. */
  readonly detail: string;
}
