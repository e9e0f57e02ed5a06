/** A pair of one contender on a LAN, with a client on the virtual address, a capture on the wire and an eye on both nodes' addresses. */

import { setTimeout as pause } from 'node:timers/promises';
import { AddressMonitor } from '../../support/address-monitor.ts';
import { type Host, Lan } from '../../support/lan.ts';
import { VIP, VIP_CIDR } from '../../support/node.ts';
import { monotonicUs, Observer } from '../../support/observer.ts';
import { waitFor } from '../../support/wait.ts';
import type { Contender, ContenderNode } from './contender.ts';
import { Ports } from './ports.ts';
import { Wire } from './wire.ts';

const ADDRESSES = ['198.18.51.11', '198.18.51.12'] as const;
const CLIENT = '198.18.51.50/24';
const SETTLE_DEADLINE_MS = 60_000;
/** Agreement must last that long: a thawed master still has to read what the other said meanwhile. */
const CALM_MS = 200;
/** A client that asks the wrong node is told to look again, but not more often than this. */
const LOOK_AGAIN_MS = 250;
/** Timers are that late at most, as a rule; the rest of a wait is spun away. */
const SPIN_US = 2_000;

export interface Member {
  readonly address: string;
  readonly node: ContenderNode;
  readonly addresses: AddressMonitor;
}

export interface Roles {
  readonly master: Member;
  readonly heir: Member;
}

export class Pair {
  readonly ports: Ports;
  readonly observer: Observer;
  readonly wire: Wire;
  readonly intervalMs: number;
  readonly #lan: Lan;
  readonly #client: Host;
  readonly #members: readonly Member[];
  #lateBefore = 0;
  #lookedAgainUs = 0;

  private constructor(
    intervalMs: number,
    lan: Lan,
    parts: Pick<Pair, 'ports' | 'observer' | 'wire'> & { client: Host; members: readonly Member[] },
  ) {
    this.intervalMs = intervalMs;
    this.#lan = lan;
    this.ports = parts.ports;
    this.observer = parts.observer;
    this.wire = parts.wire;
    this.#client = parts.client;
    this.#members = parts.members;
  }

  static async start(contender: Contender, intervalMs: number): Promise<Pair> {
    const lan = await Lan.create();
    try {
      const client = await lan.host('client', CLIENT);
      const members: Member[] = [];
      for (const address of ADDRESSES) {
        const name = `node-${'ab'[members.length]}`;
        const setup = { address: `${address}/24`, intervalMs, routers: [WEB] };
        const node = await contender.createNode(lan, name, setup);
        members.push({ address, node, addresses: await AddressMonitor.start(node.host) });
        await node.nginx.start();
        await node.startDaemon();
      }
      const wire = await Wire.start(lan);
      const ports = await Ports.start(lan);
      const observer = await Observer.start(client, { address: VIP });
      return new Pair(intervalMs, lan, { client, members, ports, wire, observer });
    } catch (thrown) {
      await lan.close();
      throw thrown;
    }
  }

  /** Waits until one node is master and the other its backup, both whole, and the client and the wire agree for a while. */
  async settle(): Promise<Roles> {
    let agreed: Roles | undefined;
    let sinceUs = 0;
    const roles = await waitFor(
      async () => {
        const found = await this.#agreement();
        if (found?.master !== agreed?.master) sinceUs = monotonicUs();
        agreed = found;
        return monotonicUs() - sinceUs >= CALM_MS * 1_000 && agreed;
      },
      {
        what: 'the pair has a master and a backup, and the client reaches the master',
        deadlineMs: SETTLE_DEADLINE_MS,
        context: () => this.#members.map(({ node }) => node.daemon.output).join('\n---\n'),
      },
    );
    this.observer.sights.splice(0, this.observer.sights.length - 1);
    this.#lateBefore = this.observer.lateFailures;
    this.wire.forget();
    return roles;
  }

  async #agreement(): Promise<Roles | undefined> {
    const standings = await Promise.all(this.#members.map(({ node }) => node.standing()));
    const master = this.#members[standings.indexOf('master')];
    const heir = this.#members[standings.indexOf('backup')];
    if (master === undefined || heir === undefined) return undefined;
    if (!master.addresses.has(VIP_CIDR) || heir.addresses.has(VIP_CIDR)) return undefined;
    if (this.#serves(master)) return { master, heir };
    await this.#lookAgain();
    return undefined;
  }

  /** After a cut the loser may have announced last: the client forgets where the address was, as it would after some seconds. */
  async #lookAgain(): Promise<void> {
    if (monotonicUs() - this.#lookedAgainUs < LOOK_AGAIN_MS * 1_000) return;
    this.#lookedAgainUs = monotonicUs();
    await this.#client.inside.run('ip', ['neighbour', 'flush', 'dev', 'eth0']);
  }

  /**
   * Strikes that long after an advertisement of the master on the wire, and some whole intervals more if need be: how long a silent
   * master is waited for depends on it. Undefined when the pair did not stay as it was until then.
   */
  async strikeAfter(us: number, { master }: Roles, strike: () => number): Promise<number | undefined> {
    const advert = this.wire.lastOf(master.address);
    if (advert === undefined) return undefined;
    const intervalUs = this.intervalMs * 1_000;
    const earliestUs = monotonicUs() + 2 * SPIN_US;
    const firstUs = advert.atUs + us;
    const intervals = Math.max(0, Math.ceil((earliestUs - firstUs) / intervalUs));
    const dueUs = firstUs + intervals * intervalUs;
    await pause(Math.max(0, dueUs - monotonicUs() - SPIN_US) / 1_000);
    if (!this.#serves(master)) return undefined;
    while (monotonicUs() < dueUs);
    return strike();
  }

  /** Requests that failed since the pair was settled; those that still wait for an answer are not among them. */
  get lost(): number {
    return this.observer.sights
      .slice(1)
      .filter(({ before }) => before?.startsWith('!') === true)
      .reduce((sum, { beforeCount }) => sum + beforeCount, this.observer.lateFailures - this.#lateBefore);
  }

  async close(): Promise<void> {
    await this.#lan.close();
  }

  /** Whether the client's last answer came from it, and so did the last advertisement, just now. */
  #serves({ address, node }: Member): boolean {
    const advert = this.wire.latest;
    if (advert?.source !== address || this.observer.latest?.what !== node.host.name) return false;
    return monotonicUs() - advert.atUs <= 2_000 * this.intervalMs;
  }
}

export const WEB = { name: 'web', vrid: 51, vip: VIP_CIDR } as const;
