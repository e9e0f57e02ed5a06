/** The virtual routers with a MAC of their own, together: what a former run left of them, what they share, and their end. */

import type { Cidr } from '../lib/ip-address.ts';
import { ArpRestraint } from '../net/arp-restraint.ts';
import { sweepVirtualLinks } from '../net/virtual-link.ts';
import type { RouterConfig, VmacConfig } from './config/config.ts';
import type { Link } from './link.ts';
import { VirtualPlace, type VirtualSurroundings } from './virtual-place.ts';

export class VirtualPlaces {
  readonly #surroundings: VirtualSurroundings;
  readonly #places = new Set<VirtualPlace>();

  constructor(surroundings: Omit<VirtualSurroundings, 'restraint'>) {
    this.#surroundings = { ...surroundings, restraint: new ArpRestraint(surroundings.netlink) };
  }

  create(link: Link, config: RouterConfig, vmac: VmacConfig): VirtualPlace {
    const place = new VirtualPlace(link, config, vmac, this.#surroundings);
    this.#places.add(place);
    return place;
  }

  /** Takes that one away; its router has stopped. Rejects with OperatingError. */
  async remove(place: VirtualPlace): Promise<void> {
    this.#places.delete(place);
    await place.close();
  }

  /** Takes away what a former run left, also when nothing is configured now. Rejects with OperatingError. */
  async sweep(): Promise<void> {
    const { netlink, owner, log } = this.#surroundings;
    for (const name of await sweepVirtualLinks(netlink, owner))
      log.warn({ interface: name }, 'removed an interface that a former run left behind, with its addresses');
  }

  /** Resolves once all were made that can be. */
  async settled(): Promise<void> {
    await Promise.all([...this.#places].map(place => place.settled()));
  }

  addressRemoved(cidr: Cidr, interfaceIndex: number): void {
    for (const place of this.#places) void place.addressRemoved(cidr, interfaceIndex);
  }

  /** Takes all of them away and gives the interfaces below their settings back. Rejects with OperatingError, after all was tried. */
  async close(): Promise<void> {
    const closed = await Promise.allSettled([...this.#places].map(place => place.close()));
    for (const outcome of closed) if (outcome.status === 'rejected') throw outcome.reason;
  }
}
