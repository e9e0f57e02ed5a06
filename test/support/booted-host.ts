/**
 * A host that systemd has booted: process 1 of a PID namespace below a test host's own, on its network, with a file system that is the
 * machine's until it is written to (boot-systemd.sh). All of it ends with the host; what lies outside, its cgroups, is removed then.
 */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { abandoned, foldersIn, hierarchies, removeCgroups } from './cgroups.ts';
import type { Host } from './lan.ts';
import { childrenOf, execute, type Finished, type InsideProcess } from './namespace.ts';
import { ROOT } from './paths.ts';
import { waitFor } from './wait.ts';

const SCRIPT = join(ROOT, 'test', 'support', 'boot-systemd.sh');
const BOOT_MS = 60_000;
const COMMAND_MS = 240_000;
/** With the process that the host belongs to. */
const NAME = /^locum-booted-(\d+)-[0-9a-f]+$/;

export interface CommandOptions {
  readonly folder?: string;
  /** Whose network the command is on: the host's (the default), or the machine's, for the package registries. */
  readonly network?: 'host' | 'machine';
}

export class BootedHost {
  readonly host: Host;
  readonly #systemd: InsideProcess;
  readonly #cgroup: string;

  private constructor(host: Host, systemd: InsideProcess, cgroup: string) {
    this.host = host;
    this.#systemd = systemd;
    this.#cgroup = cgroup;
  }

  /** Returns when systemd has started all that is enabled. `shared`: folders and files of the machine, by their paths on the host. */
  static async boot(host: Host, shared: Readonly<Record<string, string>> = {}): Promise<BootedHost> {
    for (const name of abandoned(hierarchies().flatMap(foldersIn), NAME)) removeCgroups(name);
    const cgroup = `locum-booted-${process.pid}-${randomBytes(4).toString('hex')}`;
    const folder = join(host.folder, 'booted');
    await mkdir(folder);
    // The Node that runs the tests is the host's.
    const mounts = Object.entries({ '/usr/local/bin/node': process.execPath, ...shared });
    const sources = mounts.flatMap(([target, source]) => [source, target]);
    const unshare = ['--pid', '--mount', '--fork', '--kill-child', SCRIPT, folder, cgroup, ...sources];
    const systemd = await host.inside.spawn('unshare', unshare);
    const booted = new BootedHost(host, systemd, cgroup);
    try {
      await booted.#comeUp();
      return booted;
    } catch (thrown) {
      await booted.close();
      throw thrown;
    }
  }

  async #comeUp(): Promise<void> {
    const systemd = this.#systemd;
    await waitFor(() => !systemd.running || (this.pid > 0 && this.#isUp()), {
      what: 'systemd has booted',
      deadlineMs: BOOT_MS,
      everyMs: 50,
      context: () => systemd.output,
    });
    if (!systemd.running) throw new Error(`systemd ended:\n${systemd.output}`);
  }

  /** systemd, as the test process sees it; 0 before it is there. */
  get pid(): number {
    return childrenOf(this.#systemd.pid)[0] ?? 0;
  }

  /** What systemd said on its console. */
  get console(): string {
    return this.#systemd.output;
  }

  /** Runs a shell's command line to the end, as root, whatever the exit code. */
  sh(line: string, { folder = '/', network = 'host' }: CommandOptions = {}): Promise<Finished> {
    const namespaces = ['--mount', '--pid', '--cgroup', '--uts', '--ipc'];
    const entrance = ['--target', String(this.pid), ...namespaces, ...(network === 'host' ? ['--net'] : [])];
    const script = 'export PATH="/usr/local/bin:$PATH"; cd "$0"; eval "$1"';
    const command = ['env', ...npmSettings(), 'sh', '-euc', script, folder, line];
    return execute('nsenter', [...entrance, '--', ...command], { timeoutMs: COMMAND_MS });
  }

  /** The same; throws unless it exits with 0. Returns stdout. */
  async run(line: string, options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.sh(line, options);
    if (code === 0) return stdout;
    throw new Error(`${line}: exit ${code}\n${stdout.slice(-2_000)}${stderr.slice(-4_000)}`);
  }

  /** Before the host is closed: its cgroups are empty only then. */
  async close(): Promise<void> {
    await this.host.inside.close();
    await waitFor(() => removeCgroups(this.#cgroup), {
      what: `the cgroups of ${this.#cgroup} are empty`,
      deadlineMs: 5_000,
    });
  }

  async #isUp(): Promise<boolean> {
    const { stdout } = await this.sh('systemctl is-system-running');
    return /^(?:running|degraded)$/.test(stdout.trim());
  }
}

/** Nothing is asked of the registry that an installation does not need; native packages compile against the headers that Node came with. */
function npmSettings(): string[] {
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node.h'));
  const settings = ['audit=false', 'fund=false', 'update_notifier=false', 'prefer_offline=true'];
  return [...settings, ...(headers ? [`nodedir=${prefix}`] : [])].map(setting => `npm_config_${setting}`);
}
