/** The pair of compose/pair.yaml on a Docker engine: what `docker compose up` gives a user. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execute } from '../support/namespace.ts';
import { monotonicUs, parseSight } from '../support/observer.ts';
import { BUILD, ROOT } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';
import { EngineClock } from './engine-clock.ts';
import type { Audience, DatedStatus, Pair, PairNode } from './pair.ts';

const FILE = 'compose/pair.yaml';
const NETWORK = 'locum-pair_front';
const VIP = '198.18.51.100';
const SOCKET = '/run/locum/locum.sock';
/** A status older than this says nothing any more: the daemon does not answer. */
const STALE_US = 1_000_000;
const SECONDS = 1_000;

/** The base images of compose/pair.yaml, as its variables have them. */
function baseImages(): string[] {
  const { NODE_BUILD_IMAGE, NODE_IMAGE, NGINX_IMAGE } = process.env;
  return [
    NODE_BUILD_IMAGE ?? 'node:24-bookworm',
    NODE_IMAGE ?? 'node:24-bookworm-slim',
    NGINX_IMAGE ?? 'nginx:stable',
  ];
}

/** Why the pair cannot run on an engine here, after pulling what may be pulled; undefined when it can. */
export async function whyNoEngine(say: (line: string) => void): Promise<string | undefined> {
  if ((await execute('docker', ['info'])).code !== 0) return 'no Docker engine answers';
  if ((await execute('docker', ['compose', 'version'])).code !== 0) return 'Docker has no compose plugin';
  for (const image of baseImages()) {
    if ((await execute('docker', ['image', 'inspect', image])).code === 0) continue;
    say(`pulling ${image}`);
    const pulled = await execute('docker', ['pull', '--quiet', image], { timeoutMs: 300 * SECONDS });
    if (pulled.code !== 0)
      return `the image ${image} cannot be had (docker pull: ${pulled.stderr.trim().split('\n').at(-1)})`;
  }
  return undefined;
}

export class ComposePair implements Pair {
  readonly where =
    `on the Docker engine, as ${FILE} (the first time, building the image takes a minute or two)`;
  readonly nodes: readonly [PairNode, PairNode] = [
    { name: 'node-a', address: '198.18.51.11' },
    { name: 'node-b', address: '198.18.51.12' },
  ];
  readonly client = { address: 'in its container' };
  readonly vip = VIP;
  readonly nginxComesBack = true;
  readonly #build: readonly string[];
  readonly #clock = new EngineClock();
  /** Whether what runs is the demo's to end. */
  #ours = false;
  readonly #children: ChildProcess[] = [];
  readonly #statuses = new Map<string, DatedStatus>();

  /** Without `build`, images that are there already are used as they are. */
  constructor({ build = true }: { readonly build?: boolean } = {}) {
    this.#build = build ? ['--build'] : ['--no-build'];
  }

  async start(): Promise<void> {
    const running = await compose(['ps', '--quiet']);
    if (running.trim() !== '') {
      throw new Error(
        `the pair of ${FILE} runs already, and the demo would end it: docker compose -f ${FILE} down --volumes`,
      );
    }
    this.#ours = true;
    await compose(['up', ...this.#build, '--detach', '--quiet-pull'], 600 * SECONDS);
    for (const { name } of this.nodes) this.#followStatus(name);
  }

  async status(node: string): Promise<DatedStatus | undefined> {
    const latest = this.#statuses.get(node);
    return latest !== undefined && monotonicUs() - latest.atUs < STALE_US ? latest : undefined;
  }

  async nginxRuns(node: string): Promise<boolean> {
    const running = await compose(['ps', '--services', '--status', 'running']);
    return running.split('\n').includes(memberOf('nginx', node));
  }

  async watch(audience: Audience): Promise<void> {
    // The client is a container, for not every engine's networks can be reached from outside (Docker Desktop).
    const image = (await compose(['images', '--quiet', 'locum-a'])).trim();
    const args = [
      'run',
      '--rm',
      '--interactive',
      '--init',
      '--network',
      NETWORK,
      '--entrypoint',
      'node',
      image,
    ];
    const client = this.#runProgram('support/observer-main.js', args, [VIP, '80', '2']);
    const seen = linesOf(client, line => {
      const sight = parseSight(line);
      if (sight !== undefined) audience.clientSees(sight, this.#clock.toLocalUs(sight.atUs));
    });
    await waitFor(() => seen() > 0, { what: 'the client sees something', deadlineMs: 30 * SECONDS });
  }

  async killNginx(node: string): Promise<number> {
    let killedUs: number | undefined;
    linesOf(this.#runInside(node, ['kill', 'nginx']), line => {
      killedUs = this.#clock.toLocalUs((JSON.parse(line) as { atUs: number }).atUs);
    });
    return waitFor(() => killedUs, {
      what: `nginx on ${node} is killed`,
      deadlineMs: 30 * SECONDS,
      everyMs: 1,
    });
  }

  async reviveNginx(): Promise<void> {}

  lookAround(): readonly string[] {
    const prefix = `docker compose -f ${FILE}`;
    return [
      `status of node-a:  ${prefix} exec locum-a locum status`,
      `ask as the client: ${prefix} exec client curl -si http://${VIP}/`,
      `what Locum says:   ${prefix} logs --follow locum-a locum-b`,
      `kill nginx:        ${prefix} exec --detach nginx-a sh -c 'kill -9 $(cat /run/nginx.pid)'`,
    ];
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.kill('SIGTERM');
    if (this.#ours) await compose(['down', '--volumes', '--timeout', '2', '--remove-orphans'], 120 * SECONDS);
  }

  #followStatus(node: string): void {
    linesOf(this.#runInside(node, ['follow', SOCKET, '20']), line => {
      const { atUs, status } = JSON.parse(line) as DatedStatus;
      this.#statuses.set(node, { atUs: this.#clock.toLocalUs(atUs), status });
    });
  }

  #runInside(node: string, args: readonly string[]): ChildProcess {
    const where = ['compose', '-f', FILE, 'exec', '-T', memberOf('locum', node), 'node'];
    return this.#runProgram('demo/follower-main.js', where, args);
  }

  /** Node reads the program from stdin, so nothing of it has to be in the image. */
  #runProgram(program: string, docker: readonly string[], args: readonly string[]): ChildProcess {
    const child = spawn('docker', [...docker, '--input-type=module', '-', ...args], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#children.push(child);
    child.stdin?.end(readFileSync(join(BUILD, 'test', program)));
    return child;
  }
}

/** `locum`, `node-a` → `locum-a`. */
function memberOf(role: string, node: string): string {
  return node.replace(/^node/, role);
}

async function compose(args: readonly string[], timeoutMs = 60 * SECONDS): Promise<string> {
  const { code, stdout, stderr } = await execute('docker', ['compose', '-f', join(ROOT, FILE), ...args], {
    timeoutMs,
  });
  if (code === 0) return stdout;
  throw new Error(
    `docker compose ${args.join(' ')} failed:\n${stderr.trim().split('\n').slice(-15).join('\n')}`,
  );
}

/** Reads stdout by line; returns a function that says how many came so far. */
function linesOf(child: ChildProcess, onLine: (line: string) => void): () => number {
  let count = 0;
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', line => {
      count += 1;
      onLine(line);
    });
  }
  return () => count;
}
