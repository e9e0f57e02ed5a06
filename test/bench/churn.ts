/**
 * Containers that start and stop without pause, on an engine of the bench's own: the heaviest thing that happens beside Locum. They are
 * labelled as backends, so that each start and stop is also a change of the upstreams. Asks the engine over its socket, without a
 * process for each command, which would load the machine more than the containers do.
 */

import { request } from 'node:http';
import { join } from 'node:path';
import { run } from '../support/docker-command.ts';
import type { Engine } from '../support/engine.ts';

const IMAGE = 'locum-bench/idle';
const PROGRAM = '/bin/sleep';
const PREPARED_AT_ONCE = 4;
const ANSWER_TIMEOUT_MS = 60_000;

export class Churn {
  readonly #engine: Engine;
  readonly #atOnce: number;
  readonly #ids: string[] = [];
  #next = 0;
  #stopping = false;
  #working: Promise<unknown> = Promise.resolve();
  starts = 0;
  stops = 0;

  private constructor(engine: Engine, atOnce: number) {
    this.#engine = engine;
    this.#atOnce = atOnce;
  }

  /** That many containers, running; `atOnce` of them will be stopped and started at a time. */
  static async prepare(engine: Engine, count: number, atOnce: number): Promise<Churn> {
    const churn = new Churn(engine, atOnce);
    await importImage(engine);
    const names = Array.from({ length: count }, (_, i) => `app-${i}`);
    await sideBySide(PREPARED_AT_ONCE, async () => {
      for (let name = names.shift(); name !== undefined; name = names.shift()) await churn.#create(name);
    });
    return churn;
  }

  /** Stops and starts one container after the other until told to stop. */
  begin(): void {
    this.#working = sideBySide(this.#atOnce, async () => {
      while (!this.#stopping) await this.#cycle();
    });
  }

  /** Rejects when a command had failed. */
  async end(): Promise<void> {
    this.#stopping = true;
    await this.#working;
  }

  async #create(name: string): Promise<void> {
    const { Id } = (await this.#ask(`/containers/create?name=${name}`, {
      Image: IMAGE,
      Cmd: [PROGRAM, 'infinity'],
      Labels: { 'locum.upstream': 'app', 'locum.port': '8080' },
      // As process 1 the program ignores signals that it does not handle.
      StopSignal: 'SIGKILL',
    })) as { Id: string };
    await this.#ask(`/containers/${Id}/start`);
    this.#ids.push(Id);
  }

  async #cycle(): Promise<void> {
    const id = this.#ids[this.#next++ % this.#ids.length];
    await this.#ask(`/containers/${id}/stop`);
    this.stops += 1;
    await this.#ask(`/containers/${id}/start`);
    this.starts += 1;
  }

  #ask(path: string, body?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          socketPath: this.#engine.socket,
          method: 'POST',
          path,
          headers: { 'content-type': 'application/json' },
          timeout: ANSWER_TIMEOUT_MS,
        },
        async response => {
          const text = await textOf(response);
          if ((response.statusCode ?? 500) < 300) resolve(text === '' ? undefined : JSON.parse(text));
          else reject(new Error(`POST ${path}: ${response.statusCode} ${text}`));
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`POST ${path}: no answer`)));
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function sideBySide(count: number, work: () => Promise<void>): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, work));
}

/** An image of two megabytes from this machine's own files: a program that does nothing, and the libraries that it is linked with. */
async function importImage(engine: Engine): Promise<void> {
  const linked = (await run('ldd', [PROGRAM])).match(/\/\S+/g) ?? [];
  const archive = join(engine.folder, 'idle.tar');
  const files = [PROGRAM, ...linked].map(path => path.slice(1));
  await run('tar', ['--dereference', '--create', '--file', archive, '--directory', '/', ...files]);
  await engine.docker(['import', archive, IMAGE]);
}
