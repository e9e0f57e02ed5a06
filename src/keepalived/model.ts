/**
 * What keepalived.conf says about VRRP, typed, with keepalived's own defaults and corrections applied: each value is the one that
 * keepalived 2.2.7 works with. Types only.
 */

import type { Duration } from '../lib/time.ts';
import type { Position } from './remarks.ts';

export interface Configuration {
  readonly global: GlobalDefinitions;
  readonly scripts: readonly Script[];
  readonly processes: readonly TrackedProcess[];
  readonly files: readonly TrackedFile[];
  /** In the order of the file, each with all that keepalived insists on: a name, a VRID, an interface unless it is unicast. */
  readonly instances: readonly Instance[];
  readonly groups: readonly SyncGroup[];
}

/** A block with its name. */
export interface Named {
  readonly name: string;
  readonly at: Position;
  /** Where each keyword of the block stands, the last time if it stands there more than once. */
  readonly lines: ReadonlyMap<string, Position>;
}

export interface GlobalDefinitions {
  readonly routerId: string | undefined;
  readonly version: 2 | 3;
  readonly strict: boolean;
  readonly scriptUser: User | undefined;
  readonly scriptSecurity: boolean;
  /** Nothing is sent or listened to for so long after the start. */
  readonly startupDelay: Duration;
  /** What instances inherit, as the two below. */
  readonly announcements: Announcements;
  readonly downTimerAdverts: number;
  readonly checkUnicastSource: boolean;
  /** Of its process: 1 to 99 in real time, −20 to 19 without; undefined: as it was started. */
  readonly realTimePriority: number | undefined;
  readonly niceness: number | undefined;
  readonly lines: ReadonlyMap<string, Position>;
}

export interface User {
  readonly user: string;
  readonly group: string | undefined;
}

/** Gratuitous ARP and unsolicited neighbour advertisements. */
export interface Announcements {
  /** After becoming master: so many at once, and so many again after the delay. */
  readonly masterRepeat: number;
  readonly masterDelay: Duration;
  /** Undefined: no refresh. */
  readonly refresh: Duration | undefined;
  readonly refreshRepeat: number;
  /** After an advert of lower priority. */
  readonly lowerPriorityRepeat: number;
  readonly lowerPriorityDelay: Duration;
}

export interface Weighted {
  /** 0: fault when it fails. */
  readonly weight: number;
  readonly reverse: boolean;
}

export interface Script extends Named, Weighted {
  /** The program and its arguments; at least the program. */
  readonly command: readonly string[];
  readonly interval: Duration;
  /** As long as the interval unless said otherwise. */
  readonly timeout: Duration;
  readonly rise: number;
  readonly fall: number;
  readonly user: User | undefined;
}

export interface TrackedProcess extends Named, Weighted {
  /** The process and, when parameters are matched, what follows. */
  readonly process: readonly string[];
  readonly match: 'exact' | 'initial' | 'partial';
  readonly fullCommand: boolean;
  readonly quorum: number;
  readonly quorumMax: number | undefined;
  readonly forkDelay: Duration;
  readonly terminateDelay: Duration;
}

export interface TrackedFile extends Named, Weighted {
  readonly file: string;
  /** Written to the file at the start; undefined: nothing is. */
  readonly initial: { readonly value: number; readonly overwrite: boolean } | undefined;
}

/** Something that an instance or a group follows, with the weight that counts there. */
export interface Follow extends Weighted {
  readonly kind: 'script' | 'process' | 'file' | 'interface';
  /** Of the script, process or file as defined in the file, or of the interface. */
  readonly name: string;
  readonly at: Position;
}

export interface VirtualAddress {
  /** IPv4 as lib/ip-address.ts has it, IPv6 in lower case as it was written. */
  readonly address: string;
  readonly prefixLength: number;
  /** Undefined: the instance's own. */
  readonly interface: string | undefined;
  readonly label: string | undefined;
  readonly scope: string | undefined;
  /** An address, `+` or `-`. */
  readonly broadcast: string | undefined;
  /** keepalived does not mind when somebody removes it. */
  readonly untracked: boolean;
  /** Its other options, by their names. */
  readonly others: readonly string[];
  readonly at: Position;
}

export interface Peer {
  readonly address: string;
  readonly minTtl: number;
  readonly maxTtl: number;
  readonly at: Position;
}

export type Authentication =
  | { readonly type: 'none' }
  /** At most 8 octets as UTF-8. Secret. */
  | { readonly type: 'pass' | 'ah'; readonly password: string }
  /** keepalived 2.4. What is undefined has its default there. */
  | {
      readonly type: 'hmac';
      readonly keys: readonly HmacKey[];
      readonly activeKey: number | undefined;
      readonly antiReplay: 'time' | 'monotonic' | undefined;
      readonly window: Duration | undefined;
      readonly mode: 'receive-only' | 'permissive' | 'enforce' | undefined;
    };

export interface HmacKey {
  /** 0 to 255. */
  readonly id: number;
  /** `hex:DIGITS`, or text. Secret. */
  readonly key: string;
  readonly at: Position;
}

export type NotifyEvent = 'any' | 'master' | 'backup' | 'fault' | 'stop' | 'deleted' | 'lower-priority-heard';

export interface NotifyScript {
  readonly event: NotifyEvent;
  readonly command: readonly string[];
  readonly user: User | undefined;
  readonly at: Position;
}

export interface Instance extends Named {
  /** 1 to 255. */
  readonly vrid: number;
  readonly interface: string | undefined;
  /** It matters to an owner only: every other begins as backup. */
  readonly initialState: 'MASTER' | 'BACKUP';
  /** 1 to 255; 255 owns the addresses. */
  readonly priority: number;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly advertInterval: Duration;
  readonly authentication: Authentication;
  readonly addresses: readonly VirtualAddress[];
  /** Held like the others, and not advertised. */
  readonly excludedAddresses: readonly VirtualAddress[];
  readonly sourceAddress: string | undefined;
  /** In fault while the source address is missing. */
  readonly trackSourceAddress: boolean;
  /** Empty: multicast. */
  readonly unicastPeers: readonly Peer[];
  readonly unicastTtl: number | undefined;
  readonly checkUnicastSource: boolean;
  readonly preempt: boolean;
  readonly preemptDelay: Duration;
  readonly follows: readonly Follow[];
  /** In fault while its own interface is down. */
  readonly trackInterface: boolean;
  readonly accept: boolean;
  readonly strict: boolean;
  readonly vmac: { readonly interface: string | undefined; readonly transmitFromBase: boolean } | undefined;
  readonly announcements: Announcements;
  /** Of the three of a master-down interval. */
  readonly downTimerAdverts: number;
  readonly checksumAsVersion2: boolean;
  /** Sent in unicast with the pseudo-header of multicast, as keepalived did up to 1.3.6. */
  readonly oldUnicastChecksum: boolean;
  readonly notify: readonly NotifyScript[];
  /** The sync group it belongs to. */
  readonly group: string | undefined;
}

export interface SyncGroup extends Named {
  /** Of instances that exist. */
  readonly members: readonly string[];
  readonly follows: readonly Follow[];
  readonly notify: readonly NotifyScript[];
}
