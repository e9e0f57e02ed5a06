/** The distribution's nginx on a test host, with a folder of its own: nothing of the machine's own nginx is read or written. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './lan.ts';
import { childrenOf, type InsideProcess, signalProcess } from './namespace.ts';
import { monotonicUs } from './observer.ts';
import { waitFor } from './wait.ts';

/** Where nginx of Debian would otherwise write below /var/lib. */
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export class Nginx {
  readonly #host: Host;
  #process: InsideProcess | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** The file that Locum renders and nginx includes. */
  get upstreamsFile(): string {
    return join(this.#host.folder, 'locum', 'upstreams.conf');
  }

  get running(): boolean {
    return this.#process?.running === true;
  }

  /** The master process, as seen from outside; 0 when it does not run. */
  get pid(): number {
    return this.running ? (this.#process?.pid ?? 0) : 0;
  }

  async start(): Promise<void> {
    const { folder, inside } = this.#host;
    await mkdir(join(folder, 'locum'), { recursive: true });
    await mkdir(join(folder, 'tmp'), { recursive: true });
    const file = join(folder, 'nginx.conf');
    await writeFile(file, configuration(folder, this.upstreamsFile));
    const process = await inside.spawn('nginx', ['-p', folder, '-c', file, '-e', join(folder, 'error.log')]);
    this.#process = process;
    await waitFor(() => !process.running || childrenOf(process.pid).length > 0, {
      what: 'nginx has workers',
      deadlineMs: 10_000,
      everyMs: 2,
    });
    if (!process.running) throw new Error(`nginx: ${process.output}`);
  }

  /** SIGKILL to the master process and its workers at once. Returns the time just before: CLOCK_MONOTONIC in µs. */
  kill(): number {
    const master = this.pid;
    const all = [master, ...childrenOf(master)].filter(pid => pid > 0);
    const atUs = monotonicUs();
    for (const pid of all) signalProcess(pid, 'SIGKILL');
    return atUs;
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }
}

function configuration(folder: string, upstreamsFile: string): string {
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log notice;
events { worker_connections 1024; }
http {
  access_log off;
${TEMPORARY.map(name => `  ${name}_temp_path ${folder}/tmp/${name};`).join('\n')}
  include ${upstreamsFile}*;
  server {
    listen 80 reuseport backlog=4096;
    listen [::]:80 ipv6only=on reuseport backlog=4096;
    add_header X-Locum-Node $hostname always;
    location / { return 200 "$hostname\\n"; }
  }
}
`;
}
