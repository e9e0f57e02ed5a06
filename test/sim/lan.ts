/**
 * One Ethernet segment: every packet goes to every other node, each way on its own luck. What is wrong with the link at a
 * moment is a set of impairments; when the set is empty, packets still take some 10 µs and may overtake each other.
 *
 * Beside every node lives a neighbour, a host that learns from gratuitous ARP; it hears what its node hears.
 */

import { readArp } from './packets.ts';
import type { NodeView } from './trace.ts';
import type { World } from './world.ts';

const DELAY_US = { least: 20, most: 200 };

/** What is wrong on some of the ways; `undefined` as an end stands for every node. */
export interface Impairment {
  readonly from?: number;
  readonly to?: number;
  readonly cut?: true;
  /** Probabilities, 0 to 1. */
  readonly loss?: number;
  readonly duplicate?: number;
  readonly corrupt?: number;
  /** Up to this much more delay. */
  readonly delayUs?: number;
  /** Nodes hear their own packets. */
  readonly echo?: true;
}

/** A packet on one way. */
interface Transit {
  packet: Uint8Array;
  copies: number;
  delayUs: number;
}

/** A node as the link sees it. */
export interface Station {
  readonly view: NodeView;
  readonly isLinkUp: boolean;
  datagramArrives(packet: Uint8Array): void;
}

export class Lan {
  readonly #world: World;
  readonly stations: Station[] = [];
  readonly impairments = new Set<Impairment>();

  constructor(world: World) {
    this.#world = world;
  }

  send(from: number, packet: Uint8Array): void {
    for (const station of this.stations) {
      const { id } = station.view;
      if (id !== from || this.#isEchoing())
        this.#carry(from, id, packet, copy => station.datagramArrives(copy));
    }
  }

  /** A packet of somebody who is no node; it reaches everyone. */
  inject(packet: Uint8Array): void {
    for (const station of this.stations)
      this.#world.after(this.#delay(0), () => station.datagramArrives(packet));
  }

  announce(from: number, frame: Uint8Array): void {
    const arp = readArp(frame);
    if (arp === undefined || this.stations[from]?.isLinkUp !== true) return;
    for (const { view } of this.stations) {
      const arrive = (): void => this.#world.tell({ kind: 'announced', near: view, ...arp });
      if (view.id === from) arrive();
      else this.#carry(from, view.id, frame, arrive);
    }
  }

  #isEchoing(): boolean {
    for (const { echo } of this.impairments) if (echo) return true;
    return false;
  }

  #carry(from: number, to: number, packet: Uint8Array, arrive: (packet: Uint8Array) => void): void {
    if (this.stations[from]?.isLinkUp !== true) return;
    const transit: Transit = { packet, copies: 1, delayUs: 0 };
    for (const impairment of this.impairments) {
      const isElsewhere = (impairment.from ?? from) !== from || (impairment.to ?? to) !== to;
      if (!isElsewhere) this.#impair(transit, impairment);
    }
    for (let i = 0; i < transit.copies; i++)
      this.#world.after(this.#delay(transit.delayUs), () => arrive(transit.packet));
  }

  #impair(transit: Transit, impairment: Impairment): void {
    const { random } = this.#world;
    const { cut, loss = 0, duplicate = 0, corrupt = 0, delayUs = 0 } = impairment;
    if (cut || random.chance(loss)) transit.copies = 0;
    else if (transit.copies > 0 && random.chance(duplicate)) transit.copies++;
    if (random.chance(corrupt)) transit.packet = this.#corrupt(transit.packet);
    transit.delayUs = Math.max(transit.delayUs, delayUs);
  }

  #delay(extraUs: number): number {
    const { random } = this.#world;
    return random.between(DELAY_US.least, DELAY_US.most) + (extraUs === 0 ? 0 : random.between(0, extraUs));
  }

  /** Flips some bits behind the IP header (a broken header never leaves the kernel), or cuts the end off. */
  #corrupt(packet: Uint8Array): Uint8Array {
    const { random } = this.#world;
    if (random.chance(0.1)) return packet.slice(0, random.between(0, packet.length - 1));
    const copy = packet.slice();
    for (let flips = random.between(1, 3); flips > 0; flips--) {
      const at = random.between(Math.min(20, copy.length - 1), copy.length - 1);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.between(0, 7));
    }
    return copy;
  }
}
