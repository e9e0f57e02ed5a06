/** A Locum node on a test host: nginx of the distribution, the daemon beside it, and its status through the control socket. */

import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RouterStatus, Status } from '../../src/control/status.ts';
import { addressesOf, type Host, type Lan } from './lan.ts';
import type { Finished, InsideProcess } from './namespace.ts';
import { Nginx } from './nginx.ts';
import { MAIN, program } from './paths.ts';
import { waitFor } from './wait.ts';

/** The virtual address of every pair in the tests, unless they say otherwise. */
export const VIP = '198.18.51.100';
export const VIP_CIDR = `${VIP}/24`;

type Section = Readonly<Record<string, unknown>>;

export interface NodeOptions {
  /** On `eth0`; `198.18.51.1/24`. */
  readonly address: string;
  /** Beside it, of either family. */
  readonly moreAddresses?: readonly string[];
  readonly priority: number;
  /** Settings of the virtual router `web`, over the defaults. */
  readonly router?: Section;
  /** Instead of the process tracker on nginx with weight −30. */
  readonly track?: Section;
  /** Top-level sections, over the defaults. */
  readonly sections?: Section;
}

export class LocumNode {
  readonly host: Host;
  readonly nginx: Nginx;
  readonly configFile: string;
  readonly socket: string;
  #daemon: InsideProcess | undefined;
  /** The first virtual address. */
  #vip = VIP_CIDR;

  private constructor(host: Host) {
    this.host = host;
    this.nginx = new Nginx(host);
    this.configFile = join(host.folder, 'locum.yaml');
    this.socket = join(host.folder, 'locum.sock');
  }

  /** The host with its files; nothing runs yet. */
  static async create(lan: Lan, name: string, options: NodeOptions): Promise<LocumNode> {
    const node = new LocumNode(await lan.host(name, options.address, ...(options.moreAddresses ?? [])));
    await node.configure(options);
    return node;
  }

  /** The host with nginx and the daemon running. */
  static async start(lan: Lan, name: string, options: NodeOptions): Promise<LocumNode> {
    const node = await LocumNode.create(lan, name, options);
    await node.nginx.start();
    await node.startDaemon();
    return node;
  }

  /** What makes a drain survive the daemon. */
  get stateFile(): string {
    return join(this.host.folder, 'state', 'drained.json');
  }

  get name(): string {
    return this.host.name;
  }

  /** The daemon's process, of its latest start. */
  get daemon(): InsideProcess {
    if (this.#daemon === undefined) throw new Error(`${this.name}: the daemon was not started`);
    return this.#daemon;
  }

  async configure({ priority, router, track, sections }: Omit<NodeOptions, 'address'>): Promise<void> {
    const [vip] = [router?.['vip'] ?? VIP_CIDR].flat();
    this.#vip = String(vip);
    const settings = {
      vrrp: { web: { vrid: 51, vip: [VIP_CIDR], interface: 'eth0', priority, ...router } },
      track: track ?? { nginx: { type: 'process', name: 'nginx', weight: -30 } },
      docker: { enabled: false },
      nginx: { 'upstreams-file': this.nginx.upstreamsFile },
      control: { socket: this.socket },
      drain: { 'state-file': this.stateFile },
      ...sections,
    };
    await writeFile(this.configFile, stringify(settings));
  }

  /** Starts the daemon and waits until it answers; it may still be in any state. `options`: of `run`. */
  async startDaemon(...options: string[]): Promise<void> {
    const daemon = await this.spawnDaemon(...options);
    await waitFor(async () => !daemon.running || (await this.status()) !== undefined, {
      what: `${this.name}: the daemon answers on its control socket`,
      deadlineMs: 40_000,
      everyMs: 5,
      context: () => daemon.output,
    });
    if (!daemon.running) throw new Error(`${this.name}: the daemon ended:\n${daemon.output}`);
  }

  async spawnDaemon(...options: string[]): Promise<InsideProcess> {
    const args = [...program(), 'run', '--config', this.configFile, ...options];
    this.#daemon = await this.host.inside.spawn('env', args);
    return this.#daemon;
  }

  /** A command that asks the daemon: `drain`, `undrain`, `status`; whatever its exit code. */
  locum(command: string, ...options: string[]): Promise<Finished> {
    return this.host.inside.exec(process.execPath, [MAIN, command, '--socket', this.socket, ...options]);
  }

  status(): Promise<Status> {
    return new Promise((resolve, reject) => {
      const options = { socketPath: this.socket, path: '/status', timeout: 1_000 };
      const sent = request(options, response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('end', () => resolve(JSON.parse(text) as Status));
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer on the control socket')));
      sent.on('error', reject);
      sent.end();
    });
  }

  async router(): Promise<RouterStatus> {
    const { routers } = await this.status();
    const [router] = routers;
    if (router === undefined) throw new Error(`${this.name}: no virtual router`);
    return router;
  }

  async becomes(state: RouterStatus['state'], deadlineMs = 10_000): Promise<RouterStatus> {
    return waitFor(
      async () => {
        const router = await this.router();
        return router.state === state ? router : undefined;
      },
      { what: `${this.name} becomes ${state}`, deadlineMs, context: () => this.daemon.output },
    );
  }

  /** Whether the kernel has the virtual address on `eth0` now. */
  async holds(address = this.#vip): Promise<boolean> {
    return (await addressesOf(this.host, address.includes(':') ? 6 : 4)).has(address);
  }
}

/** Waits until that node is master and holds the address, and the others are not and do not; a backup has heard its master. */
export async function masterIs(
  expected: LocumNode,
  nodes: readonly LocumNode[],
  deadlineMs = 10_000,
): Promise<void> {
  const seen = new Map<string, string>();
  const isAsExpected = async (node: LocumNode): Promise<boolean> => {
    const [{ state, masterAddress }, holds] = await Promise.all([node.router(), node.holds()]);
    seen.set(node.name, `${state}${holds ? ' with' : ' without'} the address, hears ${masterAddress}`);
    // Not taking part yet, or not knowing of whom.
    if (state === 'init' || (state === 'backup' && masterAddress === null)) return false;
    return (state === 'master') === (node === expected) && holds === (node === expected);
  };
  const all = nodes.includes(expected) ? nodes : [expected, ...nodes];
  await waitFor(async () => (await Promise.all(all.map(isAsExpected))).every(Boolean), {
    what: `${expected.name} alone is master and holds the address`,
    deadlineMs,
    context: () =>
      all.map(node => `--- ${node.name}: ${seen.get(node.name)}\n${node.daemon.output}`).join('\n'),
  });
}

/** Waits until one of the nodes is master and stays so for two of its advertisements, and no other is. */
export async function soleMaster(nodes: readonly LocumNode[], deadlineMs = 10_000): Promise<LocumNode> {
  const masters = async (): Promise<LocumNode[]> => {
    const states = await Promise.all(nodes.map(async node => ({ node, state: (await node.router()).state })));
    return states.filter(({ state }) => state === 'master').map(({ node }) => node);
  };
  const what = 'there is exactly one master';
  const master = await waitFor(
    async () => {
      const [first, ...others] = await masters();
      return others.length === 0 ? first : undefined;
    },
    { what, deadlineMs },
  );
  const { advertsSent } = (await master.router()).counters;
  await waitFor(async () => (await master.router()).counters.advertsSent >= advertsSent + 2, {
    what: `${master.name} stays master`,
    deadlineMs,
  });
  await masterIs(master, nodes, deadlineMs);
  return master;
}
