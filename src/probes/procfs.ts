/**
 * Reads processes from /proc and signals them (proc(5), kill(2)). Decides nothing. Reads are synchronous, as /proc answers from memory,
 * and cut into slices so that a machine with thousands of processes does not hold up the event loop.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isAlive, type ProcessEntry, parseStat, TITLE_LIMIT } from '../lib/process-table.ts';

export interface ProcessTable {
  /** The living processes of that name, by pid. Ends early, with what it has, when the signal aborts. */
  named(name: string, signal?: AbortSignal): Promise<readonly ProcessEntry[]>;
  /** The process with that pid, if it lives. */
  entry(pid: number): ProcessEntry | undefined;
  /** Sends a signal; 0 only asks whether it could. The result is the system error's code, such as `ESRCH` or `EPERM`; undefined: sent. */
  signal(pid: number, signal: 0 | 'SIGHUP'): string | undefined;
}

/** Processes read between two turns of the event loop: some 10 µs each. */
const SLICE = 50;

/** The process table of this PID namespace; `root` is /proc but for tests. */
export function procfs(root = '/proc'): ProcessTable {
  const read = (pid: number, file: string): string | undefined => {
    try {
      return readFileSync(`${root}/${pid}/${file}`, 'utf8');
    } catch {
      return undefined;
    }
  };
  const entry = (pid: number, name?: string): ProcessEntry | undefined => {
    const stat = parseStat(read(pid, 'stat') ?? '');
    if (stat === undefined || !isAlive(stat) || (name !== undefined && stat.name !== name)) return undefined;
    const title = (read(pid, 'cmdline') ?? '').slice(0, TITLE_LIMIT).replaceAll('\0', ' ').trim();
    return { ...stat, title };
  };
  return {
    entry: pid => entry(pid),
    async named(name, signal) {
      const pids = readdirSync(root).map(Number).filter(Number.isInteger);
      const found: ProcessEntry[] = [];
      for (let at = 0; at < pids.length && signal?.aborted !== true; at += SLICE) {
        if (at > 0) await nextTurn();
        for (const pid of pids.slice(at, at + SLICE)) found.push(...present(entry(pid, name)));
      }
      return found.sort((a, b) => a.pid - b.pid);
    },
    signal(pid, signal) {
      try {
        process.kill(pid, signal);
        return undefined;
      } catch (thrown) {
        return (thrown as NodeJS.ErrnoException).code ?? 'unknown';
      }
    },
  };
}

const present = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);
