/** What the figures were taken on: they mean little without it. */

import { cpus, loadavg, release, totalmem } from 'node:os';
import { execute } from '../../support/namespace.ts';

export interface Machine {
  /** ISO 8601, UTC. */
  readonly takenAt: string;
  readonly processors: number;
  readonly processor: string;
  readonly memoryMib: number;
  /** Of the last minute before: what else the machine was busy with, in processors. */
  readonly loadBefore: number;
  readonly kernel: string;
  readonly node: string;
  /** The version of keepalived; empty when it does not tell. */
  readonly keepalived: string;
}

export async function describeMachine(): Promise<Machine> {
  const { stderr, stdout } = await execute('keepalived', ['--version']);
  const [loadBefore = 0] = loadavg();
  return {
    takenAt: new Date().toISOString(),
    processors: cpus().length,
    processor: cpus()[0]?.model ?? '',
    memoryMib: Math.round(totalmem() / 2 ** 20),
    loadBefore,
    kernel: release(),
    node: process.versions.node,
    keepalived: /Keepalived v(\S+)/.exec(stdout + stderr)?.[1] ?? '',
  };
}
