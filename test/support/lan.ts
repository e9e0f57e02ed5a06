/**
 * A LAN for tests: a bridge in a namespace of its own, and hosts in theirs, each on one port. Nothing of it touches the machine's own
 * interfaces. Addresses come from 198.18.0.0/15, the range for tests of network devices (RFC 2544 §C.2.2), and from fd00:198:18::/48.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capture } from './capture.ts';
import { Namespace } from './namespace.ts';

export const BRIDGE = 'lan0';
const INTERFACE = 'eth0';
const TABLE = ['bridge', 'cuts'] as const;

/** A host: a namespace with `eth0` on the LAN and a folder for its files. */
export interface Host {
  readonly name: string;
  readonly inside: Namespace;
  readonly folder: string;
}

export class Lan {
  readonly bridge: Namespace;
  readonly folder: string;
  readonly hosts: Host[] = [];
  readonly #captures: Capture[] = [];

  private constructor(bridge: Namespace, folder: string) {
    this.bridge = bridge;
    this.folder = folder;
  }

  static async create(): Promise<Lan> {
    const lan = new Lan(await Namespace.create(), await mkdtemp(join(tmpdir(), 'locum-lan-')));
    try {
      const { bridge } = lan;
      // Snooping off: a bridge without a querier is no place to test who subscribed to what.
      const kind = ['type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0'];
      await bridge.run('ip', ['link', 'add', BRIDGE, ...kind]);
      await bridge.run('ip', ['link', 'set', BRIDGE, 'up']);
      await bridge.run('nft', [
        `add table ${TABLE.join(' ')};` +
          `add set ${TABLE.join(' ')} pairs { type ifname . ifname; };` +
          `add chain ${TABLE.join(' ')} forward { type filter hook forward priority 0; };` +
          `add rule ${TABLE.join(' ')} forward iifname . oifname @pairs drop`,
      ]);
      return lan;
    } catch (thrown) {
      await lan.close();
      throw thrown;
    }
  }

  /** A host with the addresses, such as `198.18.51.1/24`, on its `eth0`. */
  async host(name: string, ...addresses: string[]): Promise<Host> {
    const host = {
      name,
      inside: await Namespace.create(),
      folder: await mkdtemp(join(this.folder, `${name}-`)),
    };
    this.hosts.push(host);
    await host.inside.run('hostname', [name]);
    await this.plug(host, INTERFACE, ...addresses);
    return host;
  }

  /** Plugs a host of this or another LAN into this one, with the addresses on that interface. */
  async plug(host: Host, interfaceName: string, ...addresses: string[]): Promise<void> {
    const port = portOf(host);
    const peer = ['peer', 'name', interfaceName, 'netns', String(host.inside.pid)];
    await this.bridge.runOnNetwork('ip', ['link', 'add', port, 'type', 'veth', ...peer]);
    await this.bridge.run('ip', ['link', 'set', port, 'master', BRIDGE, 'up']);
    for (const address of addresses) {
      // Nobody else has it: no second is spent on looking for a duplicate.
      const more = address.includes(':') ? ['nodad'] : ['broadcast', '+'];
      await host.inside.run('ip', ['address', 'add', address, ...more, 'dev', interfaceName]);
    }
    await host.inside.run('ip', ['link', 'set', interfaceName, 'up']);
  }

  /** Drops what the first sends to the second; the other direction stays, and so does the carrier on both. */
  async cut(from: Host, to: Host): Promise<void> {
    await this.bridge.run('nft', [
      `add element ${TABLE.join(' ')} pairs { "${portOf(from)}" . "${portOf(to)}" }`,
    ]);
  }

  async cutBothWays(a: Host, b: Host): Promise<void> {
    await this.cut(a, b);
    await this.cut(b, a);
  }

  /** Pulls the host's cable, or puts it back: the carrier goes and comes on both ends. */
  async setCable(host: Host, state: 'up' | 'down'): Promise<void> {
    await this.bridge.run('ip', ['link', 'set', portOf(host), state]);
  }

  /** Every cut is undone. */
  async heal(): Promise<void> {
    await this.bridge.run('nft', [`flush set ${TABLE.join(' ')} pairs`]);
  }

  /** Records every frame on the LAN from now on, as the bridge sees it: before any cut. */
  async capture(filter = ''): Promise<Capture> {
    const file = join(this.folder, `${this.#captures.length}.pcap`);
    const capture = await Capture.start(this.bridge, BRIDGE, file, filter);
    this.#captures.push(capture);
    return capture;
  }

  /** Ends everything and removes every file. */
  async close(): Promise<void> {
    await Promise.all([...this.hosts.map(host => host.inside.close()), this.bridge.close()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Does something on a LAN that ends with it. */
export async function onLan<T>(work: (lan: Lan) => Promise<T>): Promise<T> {
  const lan = await Lan.create();
  try {
    return await work(lan);
  } finally {
    await lan.close();
  }
}

/** The bridge's end of the host's cable; interface names have 15 characters at most. */
export function portOf(host: Host): string {
  return `to-${host.name}`.slice(0, 15);
}

/**
 * The addresses of one family on the host's `eth0`, as the kernel has them, with the lifetime left in seconds (Infinity:
 * permanent).
 */
export async function addressesOf(host: Host, family: 4 | 6 = 4): Promise<Map<string, number>> {
  const text = await host.inside.run('ip', ['-json', `-${family}`, 'address', 'show', 'dev', INTERFACE]);
  const [link] = JSON.parse(text) as {
    addr_info: { local: string; prefixlen: number; valid_life_time: number }[];
  }[];
  const forever = 2 ** 32 - 1;
  return new Map(
    (link?.addr_info ?? []).map(info => [
      `${info.local}/${info.prefixlen}`,
      info.valid_life_time === forever ? Number.POSITIVE_INFINITY : info.valid_life_time,
    ]),
  );
}

/** The Ethernet address of the host's `eth0`. */
export async function macOf(host: Host): Promise<string> {
  const text = await host.inside.run('ip', ['-json', 'link', 'show', 'dev', INTERFACE]);
  const [link] = JSON.parse(text) as { address: string }[];
  return link?.address ?? '';
}
