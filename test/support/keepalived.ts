/** keepalived on a test host: the other implementation that Locum must get along with. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configuration, type KeepalivedOptions } from './keepalived-options.ts';
import { ON_THE_PATH, type Program } from './keepalived-program.ts';
import type { Host } from './lan.ts';
import { childrenOf, type InsideProcess, type SpawnOptions, signalProcess } from './namespace.ts';
import { waitFor } from './wait.ts';

type State = 'BACKUP' | 'MASTER' | 'FAULT';

export class Keepalived {
  readonly #host: Host;
  readonly #program: Program;
  #process: InsideProcess | undefined;

  constructor(host: Host, program = ON_THE_PATH) {
    this.#host = host;
    this.#program = program;
  }

  start(options: KeepalivedOptions): Promise<void> {
    return this.run(configuration(options));
  }

  /** Starts it on a configuration of the caller's own, who may follow its log. */
  async run(text: string, options: SpawnOptions = {}): Promise<void> {
    const file = join(this.#host.folder, 'keepalived.conf');
    await writeFile(file, text);
    // In the machine's own folder they would be everybody's.
    const pidFiles = ['pid', 'vrrp_pid', 'bfd_pid'].map(name => `--${name}=${join(this.#host.folder, name)}`);
    const args = ['--dont-fork', '--log-console', '--log-detail', '--vrrp', '-f', file, ...pidFiles];
    const [command, ...first] = this.#program;
    this.#process = await this.#host.inside.spawn(command, [...first, ...args], options);
  }

  /** The parent, as of its latest start. */
  get process(): InsideProcess {
    if (this.#process === undefined) throw new Error(`${this.#host.name}: keepalived was not started`);
    return this.#process;
  }

  get log(): string {
    return this.#process?.output ?? '';
  }

  /** The state it says it entered last. */
  get state(): State | undefined {
    return [...this.log.matchAll(/\(web\) Entering (\w+) STATE/g)].at(-1)?.[1] as State | undefined;
  }

  async becomes(state: State, deadlineMs: number): Promise<void> {
    await waitFor(() => this.state === state, {
      what: `keepalived becomes ${state}`,
      deadlineMs,
      context: () => this.log,
    });
  }

  /** SIGTERM: it resigns with priority 0. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** SIGKILL to all of its processes: silence. It leaves its address behind. */
  kill(): void {
    const parent = this.#process?.pid ?? 0;
    if (parent === 0) return;
    // Children first: an orphan would be told to resign in good order.
    for (const pid of [...childrenOf(parent), parent]) signalProcess(pid, 'SIGKILL');
  }
}
