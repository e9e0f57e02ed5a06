/** The pair in network namespaces of this machine, with the distribution's nginx. Nothing of it survives this process. */

import { AddressMonitor } from '../support/address-monitor.ts';
import { type Host, Lan } from '../support/lan.ts';
import { LocumNode, VIP, VIP_CIDR } from '../support/node.ts';
import { monotonicUs, Observer, type Sight } from '../support/observer.ts';
import { MAIN } from '../support/paths.ts';
import type { Audience, DatedStatus, Pair, PairNode } from './pair.ts';

const CLIENT = '198.18.51.50';
const SETTINGS = [
  { name: 'node-a', address: '198.18.51.11', priority: 100 },
  { name: 'node-b', address: '198.18.51.12', priority: 98 },
] as const;

export class NamespacePair implements Pair {
  readonly where = 'in network namespaces of this machine';
  readonly nodes: readonly [PairNode, PairNode] = SETTINGS;
  readonly client = { address: CLIENT };
  readonly vip = VIP;
  readonly nginxComesBack = false;
  readonly #running = new Map<string, LocumNode>();
  #lan: Lan | undefined;
  #clientHost: Host | undefined;
  #observer: Observer | undefined;

  async start(): Promise<void> {
    const lan = await Lan.create();
    this.#lan = lan;
    this.#clientHost = await lan.host('client', `${CLIENT}/24`);
    await Promise.all(
      SETTINGS.map(async ({ name, address, priority }) => {
        const node = await LocumNode.start(lan, name, { address: `${address}/24`, priority });
        this.#running.set(name, node);
      }),
    );
  }

  async status(name: string): Promise<DatedStatus | undefined> {
    try {
      const status = await this.#node(name).status();
      return { atUs: monotonicUs(), status };
    } catch {
      return undefined;
    }
  }

  async nginxRuns(name: string): Promise<boolean> {
    return this.#node(name).nginx.running;
  }

  async watch(audience: Audience): Promise<void> {
    if (this.#clientHost === undefined) return;
    for (const { name, host } of this.#running.values()) {
      await AddressMonitor.start(host, ({ atUs, address, present }) => {
        if (address === VIP_CIDR) audience.addressMoved(name, present, atUs);
      });
    }
    const onSight = (sight: Sight): void => audience.clientSees(sight, sight.atUs);
    this.#observer = await Observer.start(this.#clientHost, { address: VIP }, { onSight });
  }

  async killNginx(name: string): Promise<number> {
    return this.#node(name).nginx.kill();
  }

  async reviveNginx(name: string): Promise<void> {
    await this.#node(name).nginx.start();
  }

  lookAround(): readonly string[] {
    const nodes = SETTINGS.map(({ name }) => this.#node(name));
    // Inside the namespaces: process ids mean something else outside.
    const inside = (host: Host | undefined): string => `nsenter --target ${host?.inside.pid ?? 0} --all`;
    return nodes
      .flatMap(({ name, host, socket }) => [
        `${name}:  LOCUM_SOCKET=${socket} node ${MAIN} status`,
        `         ${inside(host)} ip address show dev eth0`,
        `         ${inside(host)} sh -c 'kill -9 $(cat ${host.folder}/nginx.pid)'`,
      ])
      .concat(`client:  ${inside(this.#clientHost)} curl -si http://${VIP}/`);
  }

  async stop(): Promise<void> {
    await this.#observer?.stop();
    await this.#lan?.close();
  }

  #node(name: string): LocumNode {
    const node = this.#running.get(name);
    if (node === undefined) throw new Error(`${name} does not run`);
    return node;
  }
}
