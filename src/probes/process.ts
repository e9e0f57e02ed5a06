/**
 * The `process` tracker: `killall -0 NAME`, made exact. It passes while a main process of that name lives (/proc/PID/comm equals it, no
 * zombie) and takes signal 0; as with killall, being refused (EPERM) is a failure.
 *
 * Differs from killall in one thing: workers that outlived their main process do not count (lib/process-table.ts tells them apart).
 * The quorum counts what keepalived's does, all processes of the name; a main one must be among them whatever it is.
 * Where the kernel offers it, the end of the last main process is noticed at once through an injected watcher.
 */

import { messageOf } from '../lib/errors.ts';
import { type ProcessEntry, processKey, splitRoles } from '../lib/process-table.ts';
import type { Outcome } from '../tracking/tracker.ts';
import { failed, type Notify, type Probe, passed } from './probe.ts';
import type { ProcessTable } from './procfs.ts';

/** Tells the end of a process. */
export interface ProcessWatcher {
  /** Calls `onExit` once the process has ended; the result stops watching, undefined when there is no such process. May throw an OperatingError. */
  watch(pid: number, onExit: () => void): (() => void) | undefined;
}

/** Processes watched at once, main ones first; the end of others is found by checks alone. */
const WATCH_LIMIT = 16;

interface Watched {
  readonly isMain: boolean;
  readonly stop: () => void;
}

export class ProcessProbe implements Probe {
  readonly #name: string;
  readonly #quorum: number;
  readonly #processes: ProcessTable;
  readonly #watcher: ProcessWatcher | undefined;
  readonly #watched = new Map<string, Watched>();
  #workers: ReadonlySet<string> = new Set();
  #unwatchedMains = 0;
  #notify: Notify | undefined;
  #watchFailure: string | undefined;

  /** `quorum`, at least 1, is the number of processes of that name that must live. Without a watcher every end is found by a check. */
  constructor(name: string, quorum: number, processes: ProcessTable, watcher: ProcessWatcher | undefined) {
    this.#name = name;
    this.#quorum = quorum;
    this.#processes = processes;
    this.#watcher = watcher;
  }

  async check(signal: AbortSignal): Promise<Outcome> {
    const { mains, workers } = splitRoles(await this.#processes.named(this.#name, signal), this.#workers);
    this.#workers = new Set(workers.map(processKey));
    // Above a quorum of 1 the end of a worker matters too.
    this.#follow(mains, this.#quorum > 1 ? workers : []);
    const living = mains.filter(main => this.#isStillThere(main));
    if (living.length === 0) return failed(this.#describeAbsence(workers));
    const count = living.length + workers.length;
    if (count < this.#quorum) return failed(`${count} processes named ${this.#name}, ${this.#quorum} needed`);
    return this.#reach(living);
  }

  watch(notify: Notify): () => void {
    this.#notify = notify;
    return () => {
      this.#notify = undefined;
      this.#follow([], []);
    };
  }

  /** A process may end, and its pid be used again, between the scan and the watch: only a look after the watch is sure. */
  #isStillThere(main: ProcessEntry): boolean {
    return this.#processes.entry(main.pid)?.startTicks === main.startTicks;
  }

  #reach(living: readonly ProcessEntry[]): Outcome {
    const refusals = living.map(({ pid }) => ({ pid, code: this.#processes.signal(pid, 0) }));
    const reached = refusals.find(({ code }) => code === undefined);
    const notice =
      this.#watchFailure === undefined ? '' : `; its end is found by checks only: ${this.#watchFailure}`;
    if (reached !== undefined) return passed(`${this.#name} runs (pid ${reached.pid})${notice}`);
    const { pid, code } = refusals[0] ?? { pid: 0, code: 'ESRCH' };
    const advice = code === 'EPERM' ? ': run Locum as its user or with the KILL capability' : '';
    return failed(`${this.#name} (pid ${pid}) does not take signal 0 (${code})${advice}`);
  }

  #describeAbsence(workers: readonly ProcessEntry[]): string {
    if (workers.length === 0) return `no process named ${this.#name}`;
    const pids = workers.slice(0, 5).map(({ pid }) => pid);
    return `only workers of ${this.#name} are left (pids ${pids.join(', ')}): its main process is gone`;
  }

  #follow(mains: readonly ProcessEntry[], workers: readonly ProcessEntry[]): void {
    const wanted = new Map(
      [...mains, ...workers].slice(0, WATCH_LIMIT).map(entry => [processKey(entry), entry]),
    );
    for (const [key, { stop }] of this.#watched) {
      if (wanted.has(key)) continue;
      this.#watched.delete(key);
      stop();
    }
    for (const [key, entry] of wanted)
      if (!this.#watched.has(key)) this.#watchOne(key, entry, mains.includes(entry));
    this.#unwatchedMains = mains.filter(main => !this.#watched.has(processKey(main))).length;
  }

  #watchOne(key: string, { pid }: ProcessEntry, isMain: boolean): void {
    if (this.#watcher === undefined || this.#notify === undefined) return;
    try {
      const stop = this.#watcher.watch(pid, () => this.#ended(key, pid));
      if (stop !== undefined) this.#watched.set(key, { isMain, stop });
      this.#watchFailure = undefined;
    } catch (thrown) {
      this.#watchFailure = messageOf(thrown);
    }
  }

  #ended(key: string, pid: number): void {
    const ended = this.#watched.get(key);
    if (ended === undefined) return;
    this.#watched.delete(key);
    const mainLeft = this.#unwatchedMains > 0 || [...this.#watched.values()].some(({ isMain }) => isMain);
    if (ended.isMain && !mainLeft) this.#notify?.(failed(`${this.#name} (pid ${pid}) ended`));
    else this.#notify?.();
  }
}
