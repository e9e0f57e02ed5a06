/**
 * A Docker engine of the tests' own: dockerd inside a set of namespaces (namespace.ts), which is to it a host. Networks, addresses,
 * iptables and `network_mode: host` end at the namespaces; images, containers and volumes lie in memory (tmpfs) inside them. Ending
 * the namespaces ends the engine, its containers and its files at once, as pulling a host's plug would.
 *
 * Only a folder with the socket and the cgroups are the machine's: each engine has a folder and a parent cgroup of its own name,
 * removed when it closes. What a test process that was killed left of them, the next one removes.
 */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abandoned, foldersIn, hierarchies, removeCgroups } from './cgroups.ts';
import { type DockerOptions, dockerEnvironment, run } from './docker-command.ts';
import { composePlugin } from './docker-compose-plugin.ts';
import { InsideProcess, type Namespace } from './namespace.ts';
import { waitFor } from './wait.ts';

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 30_000;
/** With the process that the engine belongs to. */
const NAME = /^locum-engine-(\d+)-[0-9a-f]+$/;
/** Shared by all engines of a machine unless covered: containerd's shims and Docker's plugins put their sockets there. */
const COVERED = ['/run/containerd', '/run/docker'];

export interface EngineOptions {
  /** Whose network dockerd is on: its namespaces' own (the default), or the machine's, then without bridges and iptables. */
  readonly network?: 'own' | 'machine';
}

export class Engine {
  /** The host that the engine runs on. */
  readonly inside: Namespace;
  /** Holds the socket and the engine's data; removed at the end. */
  readonly folder: string;
  readonly socket: string;
  /** For programs that are to use this engine. */
  readonly env: NodeJS.ProcessEnv;
  readonly #network: 'own' | 'machine';
  readonly #cgroup: string;
  #dockerd: InsideProcess | undefined;

  private constructor(inside: Namespace, pluginFolder: string, options: EngineOptions) {
    const name = `locum-engine-${process.pid}-${randomBytes(4).toString('hex')}`;
    this.inside = inside;
    this.folder = join(tmpdir(), name);
    this.socket = join(this.folder, 'docker.sock');
    this.env = dockerEnvironment(this.socket, pluginFolder);
    this.#network = options.network ?? 'own';
    this.#cgroup = name;
  }

  /** Starts an engine on that host, empty. The host is the caller's to close, after the engine. */
  static async start(inside: Namespace, options: EngineOptions = {}): Promise<Engine> {
    const engine = new Engine(inside, await composePlugin(), options);
    sweep();
    try {
      mkdirSync(join(engine.folder, 'data'), { recursive: true });
      for (const folder of COVERED) mkdirSync(folder, { recursive: true });
      for (const folder of [join(engine.folder, 'data'), ...COVERED])
        await inside.run('mount', ['-t', 'tmpfs', '-o', 'mode=0711', 'tmpfs', folder]);
      await engine.startDaemon();
      return engine;
    } catch (thrown) {
      await engine.close();
      throw thrown;
    }
  }

  /** Starts dockerd; returns when it answers. */
  async startDaemon(): Promise<void> {
    const data = join(this.folder, 'data');
    const args = [
      ...['--data-root', data, '--exec-root', join(data, 'exec'), '--pidfile', join(data, 'dockerd.pid')],
      ...['--host', `unix://${this.socket}`, '--cgroup-parent', `/${this.#cgroup}`],
      ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--log-level', 'warn'],
      ...(this.#network === 'own' ? [] : ['--bridge=none', '--iptables=false', '--ip-forward=false']),
    ];
    const dockerd = await this.#spawn('dockerd', args);
    this.#dockerd = dockerd;
    await waitFor(
      async () => !dockerd.running || (await this.docker(['version', '-f', '{{.Server.Version}}'])),
      {
        what: 'dockerd answers',
        deadlineMs: START_DEADLINE_MS,
        everyMs: 50,
        context: () => dockerd.output,
      },
    );
    if (!dockerd.running) throw new Error(`dockerd ended at once:\n${dockerd.output}`);
  }

  /** Ends dockerd as a service manager does: it stops its containers first. Those with a restart policy come back with it. */
  async stopDaemon(): Promise<void> {
    await this.#dockerd?.stop(STOP_DEADLINE_MS);
    this.#dockerd = undefined;
  }

  async restartDaemon(): Promise<void> {
    await this.stopDaemon();
    await this.startDaemon();
  }

  /** dockerd's own messages. */
  get log(): string {
    return this.#dockerd?.output ?? '';
  }

  /** Runs docker to the end and returns stdout without white space around it. */
  async docker(args: readonly string[], options: DockerOptions = {}): Promise<string> {
    const stdout = await run('docker', args, { ...options, env: { ...this.env, ...options.env } });
    return stdout.trim();
  }

  /** Ends the host with all that runs on it, then removes what lies outside it. */
  async close(): Promise<void> {
    await this.inside.close();
    rmSync(this.folder, { recursive: true, force: true });
    await waitFor(() => removeCgroups(this.#cgroup), {
      what: `the cgroups of ${this.#cgroup} are empty`,
      deadlineMs: 5_000,
    });
  }

  #spawn(command: string, args: readonly string[]): Promise<InsideProcess> {
    if (this.#network === 'own') return this.inside.spawn(command, args);
    // Every namespace but the network's: processes and mounts end with the host all the same.
    const namespaces = ['--target', String(this.inside.pid), '--pid', '--mount', '--uts', '--ipc'];
    const child = spawn('nsenter', [...namespaces, '--', command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new InsideProcess(child).located();
  }
}

/** Removes what engines of processes that are gone left behind. */
function sweep(): void {
  const names = [tmpdir(), ...hierarchies()].flatMap(foldersIn);
  for (const name of abandoned(names, NAME)) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
    removeCgroups(name);
  }
}
