/**
 * What the comparison asks of an implementation: a node with nginx and a daemon that watches it, configured as its users do. Both nodes
 * of a pair have the same priority, so that nothing moves back by itself and the roles swap from one fault to the next.
 */

import { familyOf } from '../../support/family.ts';
import type { Host, Lan } from '../../support/lan.ts';
import { type InsideProcess, signalProcess } from '../../support/namespace.ts';
import type { Nginx } from '../../support/nginx.ts';

export const PRIORITY = 100;
/** What a node without nginx loses. */
export const WEIGHT = -30;
/** How often nginx is looked at: the shortest that keepalived's scripts can do, whatever the advertisement interval. */
export const CHECK_INTERVAL_S = 1;
export const VERSION = 3;
export const INTERFACE = 'eth0';

export interface VirtualRouter {
  readonly name: string;
  readonly vrid: number;
  /** With its prefix length. */
  readonly vip: string;
}

export interface Setup {
  /** On `eth0`, with its prefix length. */
  readonly address: string;
  readonly intervalMs: number;
  /** At least one. */
  readonly routers: readonly VirtualRouter[];
}

/** What the daemon says of its first virtual router: master or backup at its full priority, or neither yet. */
export type Standing = 'master' | 'backup' | 'unsettled';

export interface ContenderNode {
  readonly host: Host;
  readonly nginx: Nginx;
  /** The process that a service manager would know, of the daemon's latest start. */
  readonly daemon: InsideProcess;
  /** Starts the daemon; it may still be in any state. */
  startDaemon(): Promise<void>;
  standing(): Promise<Standing>;
}

export interface Contender {
  readonly name: 'locum' | 'keepalived';
  /** As the tables call it. */
  readonly title: string;
  /** The host with its files; nothing runs yet. */
  createNode(lan: Lan, name: string, setup: Setup): Promise<ContenderNode>;
}

/** Every process of the daemon. */
function processesOf({ daemon }: ContenderNode): readonly number[] {
  return daemon.running ? familyOf(daemon.pid) : [];
}

/** SIGSTOP to every process of the daemon. */
export function freeze(node: ContenderNode): void {
  for (const pid of processesOf(node)) signalProcess(pid, 'SIGSTOP');
}

export function thaw(node: ContenderNode): void {
  for (const pid of [...processesOf(node)].reverse()) signalProcess(pid, 'SIGCONT');
  node.daemon.signal('SIGCONT');
}
