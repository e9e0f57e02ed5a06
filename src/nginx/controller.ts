/**
 * Reloads nginx: SIGHUP to its master in the shared PID namespace, then looks until new workers prove that it took the configuration
 * (generations.ts decides). It never starts or stops nginx, and runs no command of it.
 */

import type { Clock } from '../lib/clock.ts';
import { OperatingError } from '../lib/errors.ts';
import { OneAtATime } from '../lib/one-at-a-time.ts';
import type { ProcessEntry } from '../lib/process-table.ts';
import { after, between, type Duration, type Instant, milliseconds, seconds } from '../lib/time.ts';
import { findMaster, type Generation, generationOf, judgeReload } from './generations.ts';

/** What the controller needs of the operating system. */
export interface NginxProcesses {
  /** The living processes of that name. */
  named(name: string): Promise<readonly ProcessEntry[]>;
  /** The system error's code when the signal could not be sent. */
  signal(pid: number, signal: 'SIGHUP'): string | undefined;
}

export type ReloadResult =
  /** New workers run. `took` counts from the signal. */
  | { readonly outcome: 'reloaded'; readonly detail: string; readonly took: Duration }
  /** No nginx runs, or it ended meanwhile: it reads its configuration when it starts. */
  | { readonly outcome: 'not-running'; readonly detail: string }
  /** nginx was told and kept its old workers: it refused its configuration. */
  | { readonly outcome: 'refused'; readonly detail: string; readonly took: Duration }
  /** nginx runs and could not be told. */
  | { readonly outcome: 'unreachable'; readonly detail: string };

/** How long a starting nginx may take to have a master and workers, and a told one to have new workers. */
const START_WAIT = seconds(3);
const VERIFY_WAIT = seconds(10);
/** Between two looks: from the first to the last, half as much again each time. */
const FIRST_LOOK = milliseconds(5);
const LAST_LOOK = milliseconds(100);

export interface ControllerOptions {
  /** The name of nginx's processes, `nginx`. */
  readonly processName: string;
  readonly processes: NginxProcesses;
  readonly clock: Clock;
  /** How long new workers may take; for tests. */
  readonly verifyWait?: Duration;
}

export class NginxController {
  readonly #name: string;
  readonly #processes: NginxProcesses;
  readonly #clock: Clock;
  readonly #verifyWait: Duration;
  readonly #reloads = new OneAtATime();

  constructor({ processName, processes, clock, verifyWait }: ControllerOptions) {
    this.#name = processName;
    this.#processes = processes;
    this.#clock = clock;
    this.#verifyWait = verifyWait ?? VERIFY_WAIT;
  }

  /** Whether a master with workers runs now. */
  async isServing(): Promise<boolean> {
    const entries = await this.#processes.named(this.#name);
    const search = findMaster(entries);
    return search.kind === 'found' && generationOf(entries, search.master).workers.size > 0;
  }

  /** Reloads and verifies, within some seconds. Rejects with a programmer error alone. Calls that overlap wait for each other. */
  reload(): Promise<ReloadResult> {
    return this.#reloads.run(() => this.#reload().catch(unreadable));
  }

  async #reload(): Promise<ReloadResult> {
    const ready = await this.#ready();
    if ('outcome' in ready) return ready;
    const { master, before } = ready;
    const begun = this.#clock.now();
    const code = this.#processes.signal(master.pid, 'SIGHUP');
    if (code === 'ESRCH') return absent('nginx ended before it could be told to reload');
    if (code !== undefined) return unreachable(refusedSignal(master.pid, code));
    const verdict = await this.#verify(master, before, begun);
    const took = between(begun, this.#clock.now());
    if (verdict === 'gone') return absent('nginx ended while it reloaded');
    return verdict === 'reloaded'
      ? { outcome: 'reloaded', detail: `nginx (pid ${master.pid}) runs new workers`, took }
      : {
          outcome: 'refused',
          detail: `nginx (pid ${master.pid}) kept its old workers: it refused its configuration; its error log says why`,
          took,
        };
  }

  /** Waits for a master with workers: told earlier, a starting nginx could not be verified. */
  async #ready(): Promise<ReloadResult | { readonly master: ProcessEntry; readonly before: Generation }> {
    const deadline = after(this.#clock.now(), START_WAIT);
    for (let wait = FIRST_LOOK; ; wait = longer(wait)) {
      const entries = await this.#processes.named(this.#name);
      const search = findMaster(entries);
      if (search.kind === 'absent') return absent(`no nginx runs (no master process named ${this.#name})`);
      const before = search.kind === 'found' ? generationOf(entries, search.master) : undefined;
      if (search.kind === 'found' && before !== undefined && before.workers.size > 0) {
        return { master: search.master, before };
      }
      if (this.#clock.now() >= deadline) return unreachable(this.#describeUnready(search));
      await this.#pause(wait);
    }
  }

  #describeUnready(search: ReturnType<typeof findMaster>): string {
    switch (search.kind) {
      case 'several':
        return `several masters named ${this.#name} run (pids ${search.pids.join(', ')}); let only one share the PID namespace`;
      case 'found':
        return `nginx (pid ${search.master.pid}) has no workers`;
      default:
        return `${this.#name} runs without a master process; it needs "master_process on" to be reloaded`;
    }
  }

  async #verify(
    master: ProcessEntry,
    before: Generation,
    begun: Instant,
  ): Promise<ReturnType<typeof judgeReload>> {
    const deadline = after(begun, this.#verifyWait);
    for (let wait = FIRST_LOOK; ; wait = longer(wait)) {
      await this.#pause(wait);
      const entries = await this.#processes.named(this.#name);
      const same = entries.find(
        ({ pid, startTicks }) => pid === master.pid && startTicks === master.startTicks,
      );
      const verdict = judgeReload(before, same && generationOf(entries, same));
      if (verdict !== 'pending' || this.#clock.now() >= deadline) return verdict;
    }
  }

  #pause(wait: Duration): Promise<void> {
    return new Promise(resolve => {
      this.#clock.after(wait, resolve);
    });
  }
}

const longer = (wait: Duration): Duration => Math.min(Math.round(wait * 1.5), LAST_LOOK) as Duration;
const absent = (detail: string): ReloadResult => ({ outcome: 'not-running', detail });
const unreachable = (detail: string): ReloadResult => ({ outcome: 'unreachable', detail });

/** The processes could not be looked at. */
function unreadable(thrown: unknown): ReloadResult {
  if (!(thrown instanceof OperatingError)) throw thrown;
  return unreachable(thrown.message);
}

function refusedSignal(pid: number, code: string): string {
  const advice = code === 'EPERM' ? '; run Locum as its user or with the KILL capability' : '';
  return `nginx (pid ${pid}) could not be told to reload: ${code}${advice}`;
}
