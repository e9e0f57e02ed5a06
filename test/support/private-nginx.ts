/**
 * The distribution's nginx for one test: its own copy of the binary under its own name, a folder of its own, a unix socket instead of a
 * port. Several run beside each other, and a search for processes by name finds only one's own.
 */

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMasterTitle } from '../../src/lib/process-table.ts';
import { procfs } from '../../src/probes/procfs.ts';
import { waitFor } from './wait.ts';

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export class PrivateNginx {
  /** The name of its processes, as in /proc/PID/comm. */
  readonly name = `ngx${process.pid}x${Math.floor(Math.random() * 10_000)}`.slice(0, 15);
  folder = '';
  #process: ChildProcess | undefined;

  get upstreamsFile(): string {
    return join(this.folder, 'locum', 'upstreams.conf');
  }

  get master(): number {
    return this.#process?.pid ?? 0;
  }

  /** Makes the folder; `site` stands in the server block. */
  async prepare(site = ''): Promise<this> {
    this.folder = await mkdtemp(join(tmpdir(), 'locum-nginx-'));
    await mkdir(join(this.folder, 'locum'));
    const binary = execFileSync('sh', ['-c', 'command -v nginx'], {
      encoding: 'utf8',
      env: { PATH: `${process.env['PATH']}:/usr/sbin` },
    });
    await copyFile(binary.trim(), join(this.folder, this.name));
    await this.configure(site);
    return this;
  }

  async configure(site: string): Promise<void> {
    await writeFile(
      join(this.folder, 'nginx.conf'),
      `daemon off;
worker_processes 2;
pid ${this.folder}/nginx.pid;
error_log ${this.folder}/error.log notice;
events { worker_connections 64; }
http {
  access_log off;
${TEMPORARY.map(name => `  ${name}_temp_path ${this.folder}/${name};`).join('\n')}
  include ${this.folder}/locum/*.conf;
  server {
    listen unix:${this.folder}/http.sock;
    ${site}
  }
}
`,
    );
  }

  async start(): Promise<void> {
    // A killed nginx leaves its socket behind, and the next one could not bind it.
    await rm(join(this.folder, 'http.sock'), { force: true });
    const child = spawn(join(this.folder, this.name), this.#arguments(), { stdio: 'ignore' });
    this.#process = child;
    await waitFor(() => child.exitCode !== null || this.#hasWorkers(), {
      what: 'nginx has workers',
      deadlineMs: 10_000,
    });
    if (child.exitCode !== null) throw new Error(await this.log());
  }

  /** What `nginx -t` says of the file: undefined when it is good. */
  test(): Promise<string | undefined> {
    return new Promise(resolve => {
      execFile(join(this.folder, this.name), ['-t', ...this.#arguments()], (error, _, stderr) => {
        resolve(error === null ? undefined : stderr);
      });
    });
  }

  /** The status of a GET through the unix socket, and the body. */
  get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { socketPath: join(this.folder, 'http.sock'), path, agent: false },
        async response => {
          const chunks: Uint8Array[] = [];
          for await (const chunk of response) chunks.push(chunk as Uint8Array);
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
        },
      );
      sent.on('error', reject).end();
    });
  }

  log(): Promise<string> {
    return readFile(join(this.folder, 'error.log'), 'utf8');
  }

  /** Ends the master; its workers too unless they are to be orphans. */
  async kill(whom: 'all' | 'master' = 'all'): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    if (whom === 'all') await this.killWorkers();
    await exited;
  }

  async killWorkers(): Promise<void> {
    for (const { pid } of await procfs().named(this.name)) endProcess(pid);
  }

  async remove(): Promise<void> {
    await this.kill();
    await this.killWorkers();
    await rm(this.folder, { recursive: true, force: true });
  }

  #arguments(): string[] {
    return ['-p', this.folder, '-c', join(this.folder, 'nginx.conf'), '-e', join(this.folder, 'error.log')];
  }

  async #hasWorkers(): Promise<boolean> {
    const entries = await procfs().named(this.name);
    return (
      entries.some(({ title }) => isMasterTitle(title)) &&
      entries.some(({ parent }) => parent === this.master)
    );
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself between the look and the signal.
  }
}
