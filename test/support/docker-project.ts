/** A compose project on an engine, and what can be seen of it from outside: containers, statuses, addresses in their namespaces. */

import type { Status } from '../../src/control/status.ts';
import type { DockerOptions } from './docker-command.ts';
import type { Engine } from './engine.ts';

const UP_TIMEOUT_MS = 120_000;

export interface ProjectOptions {
  /** Paths of the compose files, in their order. */
  readonly files: readonly string[];
  /** The project's name in them. */
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A container as the engine has it. */
export interface ContainerState {
  readonly id: string;
  readonly status: string;
  /** Absent without a health check. */
  readonly health: string | undefined;
  /** As the engine's host has it; 0 while it does not run. */
  readonly pid: number;
  /** Why the last start failed; empty when it did not. */
  readonly error: string;
}

export class Project {
  readonly engine: Engine;
  readonly #options: ProjectOptions;

  constructor(engine: Engine, options: ProjectOptions) {
    this.engine = engine;
    this.#options = options;
  }

  compose(args: readonly string[], options: DockerOptions = {}): Promise<string> {
    const files = this.#options.files.flatMap(file => ['--file', file]);
    const env = { ...this.#options.env, ...options.env };
    return this.engine.docker(['compose', ...files, ...args], { ...options, env });
  }

  /** What a user types, without the build: the images were loaded. */
  async up(args: readonly string[] = []): Promise<void> {
    await this.compose(['up', '--detach', '--no-build', ...args], { timeoutMs: UP_TIMEOUT_MS });
  }

  /** The name of a service's container. */
  container(service: string): string {
    return `${this.#options.name}-${service}-1`;
  }

  /** `docker VERB` on the services' containers, such as `kill` or `restart`. */
  async docker(verb: string, ...services: readonly string[]): Promise<void> {
    await this.engine.docker([...verb.split(' '), ...services.map(service => this.container(service))]);
  }

  exec(service: string, ...command: readonly string[]): Promise<string> {
    return this.engine.docker(['exec', this.container(service), ...command]);
  }

  async state(service: string): Promise<ContainerState> {
    const text = await this.engine.docker(['inspect', '--format', '{{json .}}', this.container(service)]);
    const { Id, State } = JSON.parse(text) as {
      Id: string;
      State: { Status: string; Pid: number; Error: string; Health?: { Status: string } };
    };
    return { id: Id, status: State.Status, health: State.Health?.Status, pid: State.Pid, error: State.Error };
  }

  /** The daemon's own account; undefined while it does not answer. */
  async status(service: string): Promise<Status | undefined> {
    try {
      return JSON.parse(await this.exec(service, 'locum', 'status', '--json')) as Status;
    } catch {
      return undefined;
    }
  }

  /** The IPv4 addresses in the network namespace of a running container, as the kernel has them; none while it does not run. */
  async addresses(service: string): Promise<string[]> {
    const { pid } = await this.state(service);
    return pid === 0 ? [] : this.addressesBeside(pid);
  }

  /** The same of a process on the engine's host; process 1 is in the host's own namespace. */
  async addressesBeside(pid: number): Promise<string[]> {
    const entrance = ['--target', String(pid), '--net', 'ip', '-json', '-4', 'address'];
    const { stdout } = await this.engine.inside.exec('nsenter', entrance);
    const links = stdout.trim() === '' ? [] : (JSON.parse(stdout) as { addr_info: { local: string }[] }[]);
    return links.flatMap(link => link.addr_info.map(info => info.local));
  }

  /** Sends a signal to a process of the engine's host. */
  async signal(pid: number, signal: string): Promise<void> {
    await this.engine.inside.run('kill', [`-${signal}`, String(pid)]);
  }

  /** The last lines of every container, for a failure's message. */
  async logs(...services: readonly string[]): Promise<string> {
    return this.compose(['logs', '--no-color', '--no-log-prefix', '--tail', '40', ...services]).catch(String);
  }
}
