/**
 * Reads processes from /proc and signals them (proc(5), kill(2)). Decides nothing. What is read of each is read synchronously, as /proc answers
 * from memory, and in slices of time so that a machine with thousands of processes does not hold up the event loop. Their list is not: the kernel
 * goes through all of them for it, which took up to 9 ms beside 200 containers.
 */

import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
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

/** Time spent on reading between two turns of the event loop; a process takes 10 to 50 µs. */
const SLICE_MS = 0.5;

/** The process table of this PID namespace; `root` is /proc but for tests. */
export function procfs(root = '/proc'): ProcessTable {
  const read = (pid: number, file: string): string | undefined => {
    try {
      return readFileSync(`${root}/${pid}/${file}`, 'utf8');
    } catch {
      return undefined;
    }
  };
  const living = (pid: number) => {
    const stat = parseStat(read(pid, 'stat') ?? '');
    return stat !== undefined && isAlive(stat) ? stat : undefined;
  };
  /** The kernel reads it from the process's own memory, which can be locked for tens of milliseconds: not on the event loop's thread. */
  const titleElsewhere = (pid: number): Promise<string> =>
    readFile(`${root}/${pid}/cmdline`, 'utf8').then(asTitle, () => '');
  const namedEntry = async (pid: number, name: string): Promise<ProcessEntry | undefined> => {
    // Less work for the kernel than the status, and most processes are not meant.
    if (read(pid, 'comm') !== `${name}\n`) return undefined;
    const stat = living(pid);
    return stat?.name === name ? { ...stat, title: await titleElsewhere(pid) } : undefined;
  };
  return {
    entry(pid) {
      const stat = living(pid);
      if (stat === undefined) return undefined;
      // Read when it is asked for: most only want to know whether it is still the same process.
      return {
        ...stat,
        get title() {
          return asTitle(read(pid, 'cmdline') ?? '');
        },
      };
    },
    async named(name, signal) {
      const pids = (await readdir(root)).map(Number).filter(Number.isInteger);
      const found: Promise<ProcessEntry | undefined>[] = [];
      let sliceEnds = performance.now() + SLICE_MS;
      for (const pid of pids) {
        if (performance.now() > sliceEnds) {
          await nextTurn();
          if (signal?.aborted === true) break;
          sliceEnds = performance.now() + SLICE_MS;
        }
        found.push(namedEntry(pid, name));
      }
      const entries = (await Promise.all(found)).filter(entry => entry !== undefined);
      return entries.sort((a, b) => a.pid - b.pid);
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

const asTitle = (cmdline: string): string => cmdline.slice(0, TITLE_LIMIT).replaceAll('\0', ' ').trim();
