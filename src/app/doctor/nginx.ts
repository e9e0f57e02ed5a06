/** How nginx's master process looks from here, and whether its configuration includes the rendered file. Only looks: the signal is 0. */

import { readFileSync, readlinkSync, statSync } from 'node:fs';
import type { NginxFacts, NginxMaster } from '../../doctor/nginx.ts';
import type { ProcessEntry } from '../../lib/process-table.ts';
import { findMaster, generationOf } from '../../nginx/generations.ts';
import { procfs } from '../../probes/procfs.ts';

export interface NginxReading {
  readonly facts: NginxFacts;
  /** Undefined when there is not exactly one. */
  readonly master: ProcessEntry | undefined;
}

/** `proxyRuns`: as Docker says; undefined when it was not asked. */
export async function readNginx(processName: string, proxyRuns: boolean | undefined): Promise<NginxReading> {
  const entries = await procfs().named(processName);
  const search = findMaster(entries);
  const common = { processName, alone: isLocumFirst(), proxyRuns };
  if (search.kind !== 'found') return { facts: { ...common, search }, master: undefined };
  const { master } = search;
  const { workers } = generationOf(entries, master);
  const facts: NginxMaster = {
    pid: master.pid,
    uid: uidOf(master.pid),
    workers: [...workers.values()].filter(shuttingDown => !shuttingDown).length,
    signalError: procfs().signal(master.pid, 0),
    sameNetwork: sharesNetwork(master.pid),
  };
  return { facts: { ...common, search: { kind: 'found', master: facts } }, master };
}

/** Whether this PID namespace belongs to Locum's own container: process 1 is the daemon, or this very process. */
function isLocumFirst(): boolean {
  return process.pid === 1 || /(?:^|[\s/])locum(?:\s|$)/.test(procfs().entry(1)?.title ?? '');
}

/** proc_pid_status(5). */
function uidOf(pid: number): number | undefined {
  const uid = /^Uid:\s*(\d+)/m.exec(attempt(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '')?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/**
 * namespaces(7). The link may be read only by who could trace the process, which a container without SYS_PTRACE cannot; the files
 * below /proc/PID/net may be looked at by all, and are the same files (inode) for processes of one network namespace.
 */
function sharesNetwork(pid: number): boolean | undefined {
  const link = (of: number | 'self'): string | undefined => attempt(() => readlinkSync(`/proc/${of}/ns/net`));
  const file = (of: number | 'self'): number | undefined =>
    attempt(() => statSync(`/proc/${of}/net/dev`).ino);
  return same(link('self'), link(pid)) ?? same(file('self'), file(pid));
}

const same = <T>(a: T | undefined, b: T | undefined): boolean | undefined =>
  a === undefined || b === undefined ? undefined : a === b;

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
