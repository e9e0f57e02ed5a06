/** keepalived of the distribution on a test host: the other implementation that Locum must get along with. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './lan.ts';
import { childrenOf, type InsideProcess, type SpawnOptions, signalProcess } from './namespace.ts';
import { VIP_CIDR } from './node.ts';
import { waitFor } from './wait.ts';

export interface KeepalivedOptions {
  readonly priority: number;
  readonly version: 2 | 3;
  /** Authentication with this password, PASS unless told; undefined: none. */
  readonly password?: string;
  readonly authType?: 'PASS' | 'AH';
}

type State = 'BACKUP' | 'MASTER' | 'FAULT';

export class Keepalived {
  readonly #host: Host;
  #process: InsideProcess | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  start(options: KeepalivedOptions): Promise<void> {
    return this.run(configuration(options));
  }

  /** Starts it on a configuration of the caller's own, who may follow its log. */
  async run(text: string, options: SpawnOptions = {}): Promise<void> {
    const file = join(this.#host.folder, 'keepalived.conf');
    await writeFile(file, text);
    const pids = ['-p', join(this.#host.folder, 'keepalived.pid'), '-r', join(this.#host.folder, 'vrrp.pid')];
    const args = ['--dont-fork', '--log-console', '--log-detail', '--vrrp', '-f', file, ...pids];
    this.#process = await this.#host.inside.spawn('keepalived', args, options);
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

function configuration({ priority, version, password, authType = 'PASS' }: KeepalivedOptions): string {
  const authentication =
    password === undefined
      ? []
      : [`  authentication { auth_type ${authType}`, `    auth_pass ${password}`, '  }'];
  return [
    'global_defs {',
    '  router_id peer',
    '  vrrp_garp_master_delay 1',
    '}',
    'vrrp_instance web {',
    '  state BACKUP',
    '  interface eth0',
    `  version ${version}`,
    '  virtual_router_id 51',
    `  priority ${priority}`,
    '  advert_int 1',
    ...authentication,
    '  virtual_ipaddress {',
    `    ${VIP_CIDR}`,
    '  }',
    '}',
    '',
  ].join('\n');
}
